"""What ``oms doctor`` says of the plugged-in model."""

from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urlsplit

from sqlalchemy.exc import SQLAlchemyError

from bots.modelling import queries
from bots.modelling.states import ILL
from oms_service.console.doctor import Finding
from oms_service.runtime import Runtime

#: An endpoint that failed this often in an hour, and more often than not, is ill.
_FEWEST_FAILURES = 3


def check(runtime: Runtime) -> Iterator[Finding]:
    """Whether a model is asked, what that costs today, and whether it answers."""
    settings, now = runtime.settings, runtime.clock.now()
    if not settings.model_url:
        yield Finding("model", "off")
        return
    try:
        with runtime.database.reading() as connection:
            today = queries.day(connection, now.astimezone(settings.zone).date())
            lately = queries.outcomes(connection, now - timedelta(hours=1))
    except SQLAlchemyError:
        return  # said already, under "database"
    cost = (
        f"{today.calls} of {settings.model_calls} calls and "
        f"{today.tokens} of {settings.model_tokens} tokens today"
    )
    said = f"on, {settings.model_name} at {urlsplit(settings.model_url).hostname}; {cost}"
    if today.refused:
        yield Finding(
            "model",
            f"{said}; off until midnight, {today.refused} calls were not made",
            "Raise MODEL_CALLS_A_DAY or MODEL_TOKENS_A_DAY if that is too early.",
        )
        return
    failed = sum(one.count for one in lately if one.outcome in ILL)
    is_ill = failed >= _FEWEST_FAILURES and 2 * failed > sum(one.count for one in lately)
    yield Finding(
        "model",
        f"{said}; {failed} calls failed in the last hour" if failed else said,
        "Look whether MODEL_URL, MODEL_NAME and MODEL_KEY are right." if is_ill else "",
    )
