"""The settings that count for a command: its flags, `--config`, then the environment."""

import os
from typing import Any

from authserver import settings
from authserver.cli.failures import Failure
from authserver.cli.verb import Operator
from authserver.settings import Settings, SettingsError


def chosen_settings(operator: Operator, **flags: Any) -> Settings:
    """`--config` beats AUTHSERVER_CONFIG; flags that were not given are None."""
    given = {name: value for name, value in flags.items() if value is not None}
    config = {} if operator.config is None else {f"{settings.PREFIX}CONFIG": operator.config}
    try:
        return settings.load(given, {**os.environ, **config})
    except SettingsError as error:
        raise Failure(str(error)) from None
