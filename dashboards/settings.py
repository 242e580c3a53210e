"""What publishing needs to know: where Grafana is and the token that may write there.

Read once, from ``ESEP_*``; the token is never shown.
"""

from typing import Annotated

from pydantic import Field, SecretStr, StringConstraints

from services.adapters.config import ConfigError, Settings

_Url = Annotated[str, StringConstraints(pattern=r"^https?://[^/\s@]+(/[^\s?#]*)?$")]


class GrafanaSettings(Settings):
    """``public_url`` is the address of the public pages that boards link to, without a trailing slash."""

    grafana_url: _Url | None = None
    grafana_token: SecretStr | None = None
    grafana_timeout_s: Annotated[float, Field(gt=0, le=300)] = 10.0
    public_url: Annotated[str, StringConstraints(pattern=r"^https?://[^\s?#]*[^\s?#/]$")] | None = None

    def target(self) -> tuple[str, str]:
        """Address and token.

        Raises: ConfigError naming the variable that is not set.
        """
        if self.grafana_url is None:
            raise ConfigError("ESEP_GRAFANA_URL is not set; set it to Grafana's address, https://host:3000")
        if self.grafana_token is None or not self.grafana_token.get_secret_value():
            raise ConfigError(
                "ESEP_GRAFANA_TOKEN is not set; make a service account with the role Editor in Grafana "
                "(Administration, Users and access) and set the variable to its token"
            )
        return self.grafana_url, self.grafana_token.get_secret_value()
