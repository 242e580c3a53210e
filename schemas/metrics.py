"""The catalogue of published figures: what each one says, in which unit, from which view, and from which n on.

Definitions only; figures are read from the warehouse by readers, which may show none that is not listed here.
"""

from collections.abc import Mapping
from types import MappingProxyType

from schemas.metric import MINIMUM_N, Metric, MetricUnit
from schemas.question_metrics import QUESTIONS
from schemas.rules import LocalText

__all__ = ["METRICS", "MINIMUM_N", "Metric", "MetricUnit"]

_CATALOGUE = (
    Metric(
        id="obligations.open",
        title=LocalText(kk="Ашық міндеттемелер", ru="Открытые обязательства", en="Open obligations"),
        definition=LocalText(
            kk=(
                "Бүгінгі күнге дейін орындалмаған, кері қайтарылмаған және тоқтатылмаған міндеттемелер; "
                "ішінара орындалғандары да кіреді."
            ),
            ru=(
                "Обязательства, которые на эту минуту не исполнены, не отозваны и не прекращены; "
                "исполненные частично входят сюда же."
            ),
            en=(
                "Obligations neither fulfilled, withdrawn nor lapsed at this moment; partly fulfilled ones "
                "are included."
            ),
        ),
        unit=MetricUnit.OBLIGATIONS,
        view="bodies",
    ),
    Metric(
        id="obligations.due_today",
        title=LocalText(kk="Мерзімі бүгін", ru="Срок сегодня", en="Due today"),
        definition=LocalText(
            kk=(
                "Соңғы күні бүгінгі жергілікті күнге келетін ашық міндеттемелер. Күн аяқталғанша олардың "
                "ешқайсысы кешіккен болып саналмайды."
            ),
            ru=(
                "Открытые обязательства, последний день которых — сегодняшняя местная дата. До конца дня "
                "ни одно из них не просрочено."
            ),
            en=(
                "Open obligations whose last day is today's local date. None of them is late before the day has ended."
            ),
        ),
        unit=MetricUnit.OBLIGATIONS,
        view="obligations",
    ),
    Metric(
        id="obligations.late",
        title=LocalText(kk="Мерзімі өткен", ru="Просрочено", en="Overdue"),
        definition=LocalText(
            kk=(
                "Мерзімі өткен ашық міндеттемелер: дереккөз сол мерзімнен кейінгі уақытқа дейін оқылған "
                "және норма айыптауға негіз береді."
            ),
            ru=(
                "Открытые обязательства с прошедшим сроком: источник прочитан дальше срока, а норма даёт "
                "основание для утверждения."
            ),
            en=(
                "Open obligations past their due date, where the source has been read past it and the rule may accuse."
            ),
        ),
        unit=MetricUnit.OBLIGATIONS,
        view="overdue",
    ),
    Metric(
        id="obligations.due_unobserved",
        title=LocalText(
            kk="Мерзімі келді, әлі тексерілмеді",
            ru="Срок прошёл, ещё не проверено",
            en="Due, not yet observed",
        ),
        definition=LocalText(
            kk=(
                "Мерзімі өткен ашық міндеттемелер, бірақ дереккөз ол сәтке дейін әлі оқылмаған. "
                "«Көрінбейді» деген «орындалмады» деген сөз емес."
            ),
            ru=(
                "Открытые обязательства с прошедшим сроком, чей источник ещё не прочитан до этого срока. "
                "«Не видно» не значит «не сделано»."
            ),
            en=(
                "Open obligations past their due date whose source has not been read that far. Not seen is "
                "not the same as not done."
            ),
        ),
        unit=MetricUnit.OBLIGATIONS,
        view="bodies",
    ),
    Metric(
        id="obligations.withheld",
        title=LocalText(kk="Жарияланбаған тұжырымдар", ru="Неопубликованные утверждения", en="Claims withheld"),
        definition=LocalText(
            kk=(
                "Кешігу туралы айтуға болар еді, бірақ біз айтпаймыз: норма расталмаған, ол тек дәстүр, "
                "дереккөз артта қалған, жазба даулы немесе дереккөзде ақау бар."
            ),
            ru=(
                "О просрочке можно было бы сказать, но мы не говорим: норма не подтверждена, это лишь "
                "обычай, источник отстаёт, запись оспорена или в источнике найден изъян."
            ),
            en=(
                "Lateness that could be claimed and is not: the rule is unverified or only a convention, "
                "the source is behind, the record is disputed, or the source has a fault."
            ),
        ),
        unit=MetricUnit.OBLIGATIONS,
        view="bodies",
    ),
    Metric(
        id="timeliness.in_time_share",
        title=LocalText(
            kk="Мерзімінде орындалғандар үлесі", ru="Доля исполненных в срок", en="Share fulfilled in time"
        ),
        definition=LocalText(
            kk=(
                "Бір айда бір норма бойынша туындаған барлық міндеттемелердің ішінде соңғы күні немесе "
                "одан бұрын орындалғандардың үлесі. Әлі ашық тұрғандары бөлгіште қалады; кері "
                "қайтарылғандары саналмайды."
            ),
            ru=(
                "Из всех обязательств, возникших за месяц по одной норме, доля исполненных в последний "
                "день срока или раньше. Ещё открытые остаются в знаменателе; отозванные не считаются."
            ),
            en=(
                "Of all obligations that arose in one month under one rule, the share fulfilled on or "
                "before the last day. Those still open stay in the denominator; withdrawn ones are not "
                "counted."
            ),
        ),
        unit=MetricUnit.SHARE,
        view="timeliness_by_month",
        minimum_n=MINIMUM_N,
    ),
    Metric(
        id="timeliness.late_share",
        title=LocalText(
            kk="Мерзімінде орындалмағандар үлесі",
            ru="Доля не исполненных в срок",
            en="Share not fulfilled in time",
        ),
        definition=LocalText(
            kk=(
                "Бір айда бір норма бойынша туындаған барлық міндеттемелердің ішінде кеш орындалғандардың "
                "немесе мерзімі өтіп, орындалмағандардың үлесі. Заңды мерзімі жоқ норма үшін есептелмейді."
            ),
            ru=(
                "Из всех обязательств, возникших за месяц по одной норме, доля исполненных с опозданием "
                "или не исполненных после срока. Для нормы без срока не считается."
            ),
            en=(
                "Of all obligations that arose in one month under one rule, the share fulfilled late or "
                "not fulfilled after the due date. Not computed for a rule without a deadline."
            ),
        ),
        unit=MetricUnit.SHARE,
        view="timeliness_by_month",
        minimum_n=MINIMUM_N,
    ),
    Metric(
        id="timeliness.undecided_share",
        title=LocalText(kk="Әлі шешілмегендер үлесі", ru="Доля ещё не решённых", en="Share still undecided"),
        definition=LocalText(
            kk=(
                "Бір айда бір норма бойынша туындаған міндеттемелердің ішінде мерзімі әлі келмегендердің "
                "немесе дереккөзі мерзімге дейін оқылмағандардың үлесі."
            ),
            ru=(
                "Из обязательств, возникших за месяц по одной норме, доля тех, чей срок ещё не наступил "
                "или чей источник ещё не прочитан до срока."
            ),
            en=(
                "Of the obligations that arose in one month under one rule, the share not due yet, or due "
                "with the source not yet read that far."
            ),
        ),
        unit=MetricUnit.SHARE,
        view="timeliness_by_month",
        minimum_n=MINIMUM_N,
    ),
    *QUESTIONS,
    Metric(
        id="flow.filed",
        title=LocalText(kk="Күніне туындағаны", ru="Возникло за день", en="Filed per day"),
        definition=LocalText(
            kk="Жергілікті күні бойынша сол күні туындаған міндеттемелер.",
            ru="Обязательства, возникшие в этот день по местной дате.",
            en="Obligations that arose on this local date.",
        ),
        unit=MetricUnit.OBLIGATIONS_PER_DAY,
        view="daily_flow",
    ),
    Metric(
        id="flow.fell_due",
        title=LocalText(kk="Күніне мерзімі келгені", ru="Наступил срок за день", en="Fell due per day"),
        definition=LocalText(
            kk="Соңғы күні осы жергілікті күнге келген міндеттемелер.",
            ru="Обязательства, последний день которых пришёлся на эту местную дату.",
            en="Obligations whose last day was this local date.",
        ),
        unit=MetricUnit.OBLIGATIONS_PER_DAY,
        view="daily_flow",
    ),
    Metric(
        id="flow.closed",
        title=LocalText(kk="Күніне жабылғаны", ru="Закрыто за день", en="Closed per day"),
        definition=LocalText(
            kk="Осы жергілікті күні орындалған немесе басқаша аяқталған міндеттемелер.",
            ru="Обязательства, исполненные или иначе завершённые в эту местную дату.",
            en="Obligations fulfilled or otherwise ended on this local date.",
        ),
        unit=MetricUnit.OBLIGATIONS_PER_DAY,
        view="daily_flow",
    ),
    Metric(
        id="budget.executed_of_approved",
        title=LocalText(
            kk="Бекітілген жоспарға қатысты орындалу",
            ru="Исполнение к утверждённому плану",
            en="Paid, of the approved plan",
        ),
        definition=LocalText(
            kk=(
                "Жыл басынан кезең соңына дейін төленгені, заңмен бекітілген жылдық жоспарға бөлінген. "
                "Бекітілген сома нөл болса, көрсеткіш жоқ."
            ),
            ru=(
                "Оплачено с начала года до конца периода, делённое на утверждённый законом годовой план. "
                "При нулевой утверждённой сумме показателя нет."
            ),
            en=(
                "Paid from 1 January to the end of the period, divided by the annual plan as enacted. "
                "Where nothing was approved there is no figure."
            ),
        ),
        unit=MetricUnit.SHARE,
        view="budget_execution",
    ),
    Metric(
        id="budget.executed_of_period_plan",
        title=LocalText(
            kk="Кезең жоспарына қатысты орындалу",
            ru="Исполнение к плану периода",
            en="Paid, of the period plan",
        ),
        definition=LocalText(
            kk=(
                "Жыл басынан төленгені, осы кезеңге арналған төлемдер жоспарына бөлінген. Дереккөзде кезең "
                "жоспары болмаса, көрсеткіш жоқ."
            ),
            ru=(
                "Оплачено с начала года, делённое на план платежей на этот период. Если в источнике нет "
                "плана периода, показателя нет."
            ),
            en=(
                "Paid from 1 January, divided by the payments planned up to the end of the period. Where "
                "the source has no period plan there is no figure."
            ),
        ),
        unit=MetricUnit.SHARE,
        view="budget_execution",
    ),
    Metric(
        id="sources.age",
        title=LocalText(kk="Дереккөздің ескіруі", ru="Давность источника", en="Age of a source"),
        definition=LocalText(
            kk="Дереккөз толық оқылған сәттен осы әлемнің сағатындағы уақытқа дейінгі аралық.",
            ru="Время от момента, до которого источник прочитан полностью, до часов этого мира.",
            en=("The time between the moment up to which a source has been read completely and this world's clock."),
        ),
        unit=MetricUnit.SECONDS,
        view="sources",
    ),
    Metric(
        id="findings.open",
        title=LocalText(
            kk="Деректердегі ашық ескертулер", ru="Открытые замечания к данным", en="Open findings about data"
        ),
        definition=LocalText(
            kk=("Дереккөзде немесе жазбада табылған және әлі жойылмаған ақаулар. Олар органның әрекеті туралы емес."),
            ru=("Изъяны источников и записей, найденные и ещё не устранённые. Они не говорят о действиях органа."),
            en=("Faults found in sources or records that still hold. They say nothing about a body's conduct."),
        ),
        unit=MetricUnit.FINDINGS,
        view="findings",
    ),
    Metric(
        id="dead_letters.count",
        title=LocalText(kk="Түсініксіз хабарламалар", ru="Непонятые сообщения", en="Messages not understood"),
        definition=LocalText(
            kk=(
                "Қабылдауға келген, бірақ түсінілмеген хабарламалар. Олар сақталады, есептеледі және "
                "осында көрсетіледі."
            ),
            ru=("Поступившие сообщения, которые не удалось понять. Они сохраняются, считаются и показываются здесь."),
            en="Messages that arrived and were not understood. They are kept, counted and shown.",
        ),
        unit=MetricUnit.MESSAGES,
        view="dead_letters",
    ),
)

METRICS: Mapping[str, Metric] = MappingProxyType({metric.id: metric for metric in _CATALOGUE})
"""Every published figure, by id."""
