"""How many examples, and that every run draws the same ones. `AUTHSERVER_TEST_EXAMPLES` multiplies their number."""

import os
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, Phase, settings

from tests.injection.conftest import mail_waits, site

__all__ = ["EXAMPLES", "mail_waits", "profile", "site", "steady"]
#: 1 in every run of the suite; a night may give it a thousand.
FACTOR = int(os.environ.get("AUTHSERVER_TEST_EXAMPLES", "1"))
EXAMPLES = 80


def profile(examples: int, **more: Any) -> settings:
    """Without a clock and without a memory: a busy machine must not make a good test fail."""
    return settings(
        max_examples=examples * FACTOR,
        derandomize=True,
        deadline=None,
        database=None,
        phases=(Phase.explicit, Phase.generate, Phase.shrink),
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
        **more,
    )


def steady(examples: int) -> Callable[[Any], Any]:
    """The same, as a decorator."""
    return profile(examples)
