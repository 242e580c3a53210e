"""Published figures about written questions of the UK Parliament, by month of tabling and rule.

Definitions only; ``schemas.metrics`` lists them among all others.
"""

from schemas.metric import MINIMUM_N, Metric, MetricUnit
from schemas.rules import LocalText

QUESTIONS = (
    Metric(
        id="timeliness.after_day_share",
        title=LocalText(
            kk="Жауап күнінен кейін жабылған сұрақтар үлесі",
            ru="Доля вопросов, закрытых после дня ответа",
            en="Share of questions closed after the day for answer",
        ),
        definition=LocalText(
            kk=(
                "Ұлыбритания парламентіне бір айда бір норма бойынша берілген барлық жазбаша сұрақтардың ішінде белгіленген "
                "күннен кейін жабылғандарының үлесі; жауапсыз аяқталғандары да кіреді. Кәдімгі сұрақтың күні тек формалды: "
                "ол ешкімді міндеттемейді, сондықтан бұл үлес айыптау емес."
            ),
            ru=(
                "Из всех письменных вопросов парламента Великобритании, внесённых за месяц по одной норме, доля закрытых "
                "после назначенного дня, включая прекращённые без ответа. День обычного вопроса — формальный и никого не "
                "обязывает, поэтому эта доля не упрёк."
            ),
            en=(
                "Of all written questions of the UK Parliament tabled in one month under one rule, the share closed after "
                "the day for answer, those ended without an answer included. The day of an ordinary question is formal and "
                "binds nobody, so its share is no reproach."
            ),
        ),
        unit=MetricUnit.SHARE,
        view="written_questions_by_month",
        minimum_n=MINIMUM_N,
    ),
    Metric(
        id="timeliness.within_5_weekdays_share",
        title=LocalText(
            kk="Бес жұмыс күні ішінде жауап берілгендер үлесі",
            ru="Доля отвеченных за пять рабочих дней",
            en="Share answered within five weekdays",
        ),
        definition=LocalText(
            kk=(
                "Бір айда бір норма бойынша берілген барлық жазбаша сұрақтардың ішінде берілген күннен кейінгі бесінші жұмыс "
                "күніне дейін түпкілікті жауап алғандарының үлесі. Демалыс күндері мен Англияның мерекелері саналмайды; "
                "жауапсыз сұрақтар бөлгіште қалады."
            ),
            ru=(
                "Из всех письменных вопросов, внесённых за месяц по одной норме, доля получивших окончательный ответ не "
                "позже пятого рабочего дня после внесения. Выходные и праздники Англии не считаются; вопросы без ответа "
                "остаются в знаменателе."
            ),
            en=(
                "Of all written questions tabled in one month under one rule, the share given a final answer by the fifth "
                "weekday after the tabling. Weekends and English holidays do not count; unanswered questions stay in the "
                "denominator."
            ),
        ),
        unit=MetricUnit.SHARE,
        view="written_questions_by_month",
        minimum_n=MINIMUM_N,
    ),
    Metric(
        id="timeliness.within_7_weekdays_share",
        title=LocalText(
            kk="Жеті жұмыс күні ішінде жауап берілгендер үлесі",
            ru="Доля отвеченных за семь рабочих дней",
            en="Share answered within seven weekdays",
        ),
        definition=LocalText(
            kk=(
                "Бір айда бір норма бойынша берілген барлық жазбаша сұрақтардың ішінде берілген күннен кейінгі жетінші жұмыс "
                "күніне дейін түпкілікті жауап алғандарының үлесі. Демалыс күндері мен Англияның мерекелері саналмайды; "
                "жауапсыз сұрақтар бөлгіште қалады."
            ),
            ru=(
                "Из всех письменных вопросов, внесённых за месяц по одной норме, доля получивших окончательный ответ не "
                "позже седьмого рабочего дня после внесения. Выходные и праздники Англии не считаются; вопросы без ответа "
                "остаются в знаменателе."
            ),
            en=(
                "Of all written questions tabled in one month under one rule, the share given a final answer by the seventh "
                "weekday after the tabling. Weekends and English holidays do not count; unanswered questions stay in the "
                "denominator."
            ),
        ),
        unit=MetricUnit.SHARE,
        view="written_questions_by_month",
        minimum_n=MINIMUM_N,
    ),
    Metric(
        id="timeliness.median_weekdays",
        title=LocalText(
            kk="Жауапқа дейінгі жұмыс күндерінің медианасы",
            ru="Медиана рабочих дней до ответа",
            en="Median weekdays to the answer",
        ),
        definition=LocalText(
            kk=(
                "Бір айда бір норма бойынша берілген және түпкілікті жауап алған жазбаша сұрақтардың жауабына дейінгі жұмыс "
                "күндерінің медианасы; демалыс күндері мен Англияның мерекелері саналмайды. Жауапсыз сұрақтар кірмейді, "
                "сондықтан аяқталмаған ай үшін ол тым аз болады."
            ),
            ru=(
                "Медиана рабочих дней до окончательного ответа среди отвеченных вопросов, внесённых за месяц по одной норме; "
                "выходные и праздники Англии не считаются. Вопросы без ответа не входят, поэтому для незавершённого месяца "
                "она занижена."
            ),
            en=(
                "The median number of weekdays to the final answer, of the answered questions tabled in one month under one "
                "rule; weekends and English holidays do not count. Unanswered questions are left out, so for a month still "
                "open it is too low."
            ),
        ),
        unit=MetricUnit.WEEKDAYS,
        view="written_questions_by_month",
        minimum_n=MINIMUM_N,
    ),
)
"""Shares after the day for answer and within a number of weekdays, and the median."""
