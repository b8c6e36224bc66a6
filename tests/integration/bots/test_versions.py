"""The shop's own weights: one training at a time, used only when no worse, and gone back from."""

import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from threading import Barrier

import pytest
from flask import Flask

from bots.learning import fitting, memory, service, versions
from bots.learning.memory import Remembering
from bots.learning.states import VersionState
from bots.learning.trainer import Trainer
from bots.learning.versions import LEASE, PRODUCT, Fitted, NotUsable
from bots.understanding import model
from bots.understanding.head import write
from bots.understanding.model import Model
from bots.understanding.seed import Seed, shipped
from oms_service.access.states import Role
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.errors import NotFound, Stale
from oms_service.kernel.languages import Language
from oms_service.runtime import Runtime
from tests.factories.staff import make_staff, post, sign_in
from tests.fakes.clock import StandingClock

PAGE = "/desk/settings/learning/versions"
#: What trains in these tests: it tells as the real one does, and brings the product's weights.
PROGRAM = """
import json, sys
from importlib import resources
own = [json.loads(line) for line in sys.stdin]
print(json.dumps({"done": 40}), flush=True)
weights = resources.files("bots.understanding").joinpath("weights.npz").read_bytes()
open(sys.argv[1], "wb").write(weights)
print(json.dumps({"result": {"product_digest": "p", "utterances": 100 + len(own),
    "own": len(own), "measured": 100, "right": %d, "right_before": 80, "differing": 10}}))
"""


def trainer(runtime: Runtime, program: str) -> Trainer:
    return Trainer(
        runtime.database,
        runtime.unit_of_work,
        is_stopping=lambda: False,
        program=(sys.executable, "-c", program),
    )


def state(runtime: Runtime) -> list[tuple[VersionState, bool]]:
    with runtime.database.looking() as session:
        return [(one.state, one.is_active) for one in versions.newest(session)]


def digest_in_use(runtime: Runtime) -> str:
    with runtime.database.reading() as connection:
        found = memory.recogniser(connection)
    base = found.base if isinstance(found, Remembering) else found
    assert isinstance(base, Model)
    return base.find().digest


def trained(runtime: Runtime, digest: str, *, right: int = 90) -> int:
    """A version whose weights say that they were trained with seeds of that digest."""
    bytes_of = write(replace(model.shipped_head(), digest=digest))
    with runtime.unit_of_work(SYSTEM) as uow:
        assert versions.request(uow)
        version = versions.take(uow, "me")
        assert version is not None
        fitted = Fitted(
            weights=bytes_of,
            product_digest="p",
            utterances=101,
            own=1,
            measured=100,
            right=right,
            right_before=80,
            differing=10,
        )
        assert versions.finish(uow, version, "me", fitted)
    return version


def test_a_training_is_asked_for_once_seen_through_and_gone_back_from(
    app: Flask, runtime: Runtime
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        make_staff(uow, Role.LEAD)
        make_staff(uow, Role.AGENT)
        service.add(uow, text="gib it back", language=Language.ENGLISH, label="refund_request")
    lead, agent = app.test_client(), app.test_client()
    sign_in(lead, "lead@shop.example")
    sign_in(agent, "agent@shop.example")
    assert agent.get(PAGE).status_code == 403
    assert post(agent, PAGE).status_code == 403
    both = Barrier(2)

    def press(_: int) -> bool:
        both.wait()
        with runtime.unit_of_work(SYSTEM) as uow:
            return versions.request(uow)

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(press, range(2))) == [False, True]
    assert post(lead, PAGE).status_code == 303
    assert "<progress" in lead.get(PAGE).text
    assert trainer(runtime, PROGRAM % 75).step(), "five fewer where ten differ may be chance"
    assert not trainer(runtime, PROGRAM % 75).step()
    assert state(runtime) == [(VersionState.KEPT, True)]
    with runtime.database.looking() as session:
        (done,) = versions.newest(session)
    assert (done.own, done.right, done.right_before, done.done) == (1, 75, 80, 100)
    assert digest_in_use(runtime) == model.shipped_head().digest
    assert "75%" in lead.get(f"{PAGE}/now").text
    back = {"version": str(PRODUCT), "seen": str(done.id)}
    assert post(lead, f"{PAGE}/use", back).status_code == 303
    assert state(runtime) == [(VersionState.KEPT, False)]
    for version in ("999", "99999999999999999999", "x", "-1"):
        wrong = {"version": version, "seen": str(PRODUCT)}
        assert post(lead, f"{PAGE}/use", wrong).status_code == 303
    assert state(runtime) == [(VersionState.KEPT, False)]


def test_what_is_worse_or_fails_changes_nothing_and_every_process_follows_what_is_used(
    runtime: Runtime,
) -> None:
    first = trained(runtime, "a" * 64)
    assert digest_in_use(runtime) == "a" * 64
    for program, ended in ((PROGRAM % 74, VersionState.WORSE), ("1/0", VersionState.FAILED),
                           ("print('{}')", VersionState.FAILED)):  # fmt: skip
        with runtime.unit_of_work(SYSTEM) as uow:
            assert versions.request(uow)
        assert trainer(runtime, program).step()
        assert state(runtime)[0] == (ended, False)
        assert digest_in_use(runtime) == "a" * 64
    with runtime.database.looking() as session:
        worse = versions.newest(session)[2]
    assert (worse.state, worse.digest) == (VersionState.WORSE, None)
    second = trained(runtime, "b" * 64)
    assert digest_in_use(runtime) == "b" * 64
    with runtime.unit_of_work(SYSTEM) as uow:
        versions.use(uow, first, seen=second)
    assert digest_in_use(runtime) == "a" * 64
    for version, seen, refusal in (
        (second, second, Stale),
        (worse.id, first, NotUsable),
        (999, first, NotFound),
        (2**63, first, NotFound),
    ):
        with pytest.raises(refusal), runtime.unit_of_work(SYSTEM) as uow:
            versions.use(uow, version, seen=seen)
    with runtime.unit_of_work(SYSTEM) as uow:
        versions.use(uow, PRODUCT, seen=first)
    assert digest_in_use(runtime) == model.shipped_head().digest


def test_a_training_whose_worker_died_is_taken_up_by_another_and_the_dead_changes_nothing(
    runtime: Runtime, clock: StandingClock
) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        versions.request(uow)
        version = versions.take(uow, "dead")
        assert version is not None
        assert versions.take(uow, "early") is None
    clock.advance(seconds=LEASE.total_seconds() + 1)
    with runtime.unit_of_work(SYSTEM) as uow:
        assert versions.take(uow, "alive") == version
        assert not versions.tell(uow, version, "dead", 50)
        fitted = Fitted(
            weights=b"x",
            product_digest="p",
            utterances=1,
            own=0,
            measured=1,
            right=1,
            right_before=1,
            differing=0,
        )
        assert not versions.finish(uow, version, "dead", fitted)
        assert versions.tell(uow, version, "alive", 50)
    assert state(runtime) == [(VersionState.TRAINING, False)]
    with runtime.unit_of_work(SYSTEM) as uow:
        versions.leave(uow, version, "alive")
        assert versions.take(uow, "next") == version
        assert versions.finish(uow, version, "next", fitted)
    assert state(runtime) == [(VersionState.KEPT, True)]
    assert digest_in_use(runtime) == model.shipped_head().digest, "what cannot be read"


def test_weights_are_fitted_with_both_and_judged_on_what_they_have_not_seen() -> None:
    english = [one for one in shipped() if one.language is Language.ENGLISH]
    product = [
        one
        for label in ("thanks", "goodbye", "cancel_order")
        for one in [seed for seed in english if seed.label == label][:40]
    ]
    own = [Seed(f"zap my parcel {n} please", Language.ENGLISH, "cancel_order") for n in range(8)]
    steps: list[int] = []
    weights, told = fitting.fitted(own, product, step=lambda: steps.append(1))
    assert len(weights) > 1000
    assert (told["own"], told["measured"]) == (8, told["utterances"])
    assert told["right"] >= told["right_before"] > 80
    assert told["right"] - told["right_before"] <= told["differing"] <= told["measured"]
    assert len(steps) == fitting.STEPS
