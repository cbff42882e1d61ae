"""`/settings/usage`: what the account may do in its window, and what its keys did."""

from dataclasses import dataclass

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from authserver.browser import identity
from authserver.browser.identity import login_required
from authserver.browser.server import limiter
from authserver.limits.limiter import Allowance
from authserver.models import api_keys, key_usage, tiers
from authserver.models.api_keys import ApiKey
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


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key and what it did in the range."""

    key: ApiKey
    state: str
    requests: int
    refused: int
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
        window=_window(user),
        range=chosen,
        chart=charts.chart(chosen, rows),
        keys=[_row(key, by_key[key.id]) for key in keys if key.revoked_at is None or by_key[key.id].requests],
    )


def _window(user: User) -> Window | None:
    tier = tiers.find(user.tier)
    if tier is None:
        return None
    allowance = limiter().spend(account_of(user_id=user.id), tier, 0)
    return Window(tier, allowance, -(-allowance.reset // 60))


def _row(key: ApiKey, chart: Chart) -> KeyRow:
    ago = None if key.last_used_at is None else words.since(key.last_used_at)
    return KeyRow(key, state(key), chart.requests, chart.refused, ago)
