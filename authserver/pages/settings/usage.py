"""`/settings/usage`: what the account may do in its window, and what its keys did."""

from collections import Counter
from dataclasses import dataclass

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from authserver import clock
from authserver.browser import identity
from authserver.browser.identity import login_required
from authserver.browser.server import limiter
from authserver.limits.limiter import Allowance
from authserver.models import api_keys, key_usage, tiers
from authserver.models.api_keys import ApiKey
from authserver.models.key_usage import HOUR
from authserver.models.tiers import Tier
from authserver.models.users import User
from authserver.oauth.api_keys import state
from authserver.oauth.credentials.credential import account_of
from authserver.pages.settings import charts, words
from authserver.pages.settings.charts import Chart

blueprint = Blueprint("usage", __name__)


@dataclass(frozen=True, slots=True)
class Window:
    """The present window of the account."""

    tier: Tier
    allowance: Allowance
    minutes_left: int
    ends_at: int
    busiest: ApiKey | None  # which key has used most of it, where that is known


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key and what it did in the range."""

    key: ApiKey
    state: str
    chart: Chart
    ago: str | None


@blueprint.get("/settings/usage")
@login_required
def show() -> ResponseReturnValue:
    user = identity.account()
    name = request.args.get("range", "24h")
    chosen = name if name in charts.RANGES else "24h"
    keys = api_keys.every(user_id=user.id)
    rows = key_usage.of([key.id for key in keys], since=charts.since(chosen))
    by_key = {key.id: charts.chart(chosen, [row for row in rows if row.key_id == key.id]) for key in keys}
    return render_template(
        "settings/usage.html",
        window=_window(user, keys),
        range=chosen,
        chart=charts.chart(chosen, rows),
        keys=[_row(key, by_key[key.id]) for key in keys if key.revoked_at is None or by_key[key.id].requests],
    )


def _window(user: User, keys: list[ApiKey]) -> Window | None:
    tier = tiers.find(user.tier)
    if tier is None:
        return None
    allowance = limiter().spend(account_of(user_id=user.id), tier, 0)
    ends_at = clock.now() + allowance.reset
    busiest = None if allowance.remaining else _busiest(keys, since=ends_at - allowance.window)
    return Window(tier, allowance, -(-allowance.reset // 60), ends_at, busiest)


def _busiest(keys: list[ApiKey], *, since: int) -> ApiKey | None:
    """The key with most requests in the hours of the window."""
    counts = Counter[str]()
    for row in key_usage.of([key.id for key in keys], since=since - since % HOUR):
        counts[row.key_id] += row.requests
    first = counts.most_common(1)
    return next((key for key in keys if first and key.id == first[0][0]), None)


def _row(key: ApiKey, chart: Chart) -> KeyRow:
    ago = None if key.last_used_at is None else words.since(key.last_used_at)
    return KeyRow(key, state(key), chart, ago)
