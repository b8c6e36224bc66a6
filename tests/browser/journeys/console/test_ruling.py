"""What operations look after: programs, partners, colleagues, rules, and steps that failed."""

import json
import re

from playwright.sync_api import expect
from sqlalchemy import text

from oms_service.access import codes, permissions
from oms_service.access.demo_accounts import PASSWORD
from oms_service.access.states import Role
from oms_service.adapters.mail.mailbox import letters
from oms_service.infra import fallout
from oms_service.infra.fallout import FalloutKind
from oms_service.kernel.ids import readable_code
from oms_service.kernel.languages import Language
from tests.browser.journeys.matters import Colleague, colleague, settles
from tests.browser.journeys.place import Place
from tests.browser.journeys.walking import Walk
from tests.fakes.receiver import a_receiver


def of_operations(walk: Walk, place: Place) -> Colleague:
    name = walk.look.either("山本 直樹", "Naoki Yamamoto")
    made = colleague(place, walk.look, Role.OPERATIONS, name=name)
    walk.as_colleague(made.id)
    return made


def test_a_partner_is_told_of_events_with_a_secret_that_changes(walk: Walk, place: Place) -> None:
    who = of_operations(walk, place)
    with a_receiver() as receiver:
        walk.opens("/console/webhooks")
        walk.fills(walk.entry("Whose server is it?"), f"Minato ERP {who.handle}")
        walk.fills(walk.entry("Address"), f"{receiver.url}/hooks")
        walk.fills(walk.entry("Which events?"), "chargeback.opened")
        walk.presses(walk.button("Add the endpoint"))
        walk.step("added")
        first = walk.page.locator("[role=status] code").inner_text()
        kept = "SELECT number FROM webhook_endpoints WHERE label = :label"
        number = walk.until(lambda: place.one(kept, label=f"Minato ERP {who.handle}"))
        walk.presses(walk.button("Send a test"))
        walk.is_told("A test is on its way. Look below in a few seconds for how it went.")
        walk.until(receiver.arrived.is_set)
        assert json.loads(receiver.calls[0].body)
        walk.opens(f"/console/webhooks/{number}")
        walk.presses(walk.button("Make a new secret"))
        walk.presses(walk.button("Make the new secret"))
        second = walk.page.locator("[role=status] code").inner_text()
        assert second not in {"", first}
        walk.step("new-secret")
        walk.presses(walk.button("Take the endpoint away"))
        walk.presses(walk.button("Take it away"))
        walk.is_told("The endpoint is taken away. Nothing is sent to it any more.")
        walk.step("taken-away")


def test_a_key_opens_what_it_says_until_it_is_revoked(walk: Walk, place: Place) -> None:
    who = of_operations(walk, place)
    walk.opens("/console/keys")
    walk.fills(walk.entry("What is it for?"), who.handle)
    walk.presses(walk.button("Create the key"))
    expect(walk.page.get_by_role("alert").first).to_be_visible()
    walk.step("no-scope")
    walk.ticks(walk.page.locator("input[name=scope][value='orders:read']"))
    walk.presses(walk.button("Create the key"))
    secret = walk.page.locator("[role=status] code").inner_text()
    walk.step("created")
    asks = walk.context.request
    orders = f"{place.house.url}/v1/orders"
    bearer = {"Authorization": f"Bearer {secret}"}
    assert asks.get(orders, headers=bearer).status == 200
    assert asks.get(f"{place.house.url}/v1/cases", headers=bearer).status == 403
    walk.opens("/console/keys")
    row = walk.page.get_by_role("row").filter(has_text=who.handle)
    walk.presses(row.get_by_role("button", name=walk.words("Revoke"), exact=True))
    walk.step("revoking")
    walk.presses(walk.button("Revoke the key"))
    walk.is_told("The key is revoked. Requests with it are refused from now on.")
    assert asks.get(orders, headers=bearer).status == 401
    revoked = "SELECT revoked_at IS NOT NULL FROM api_keys WHERE label = :label"
    assert place.one(revoked, label=who.handle) is True


def test_a_colleague_is_given_another_role_and_a_limit(walk: Walk, place: Place) -> None:
    of_operations(walk, place)
    agent = colleague(place, walk.look)
    walk.opens(f"/console/staff/{agent.id}")
    walk.step("rights")
    walk.ticks(walk.page.locator("input[name=role][value=lead]"))
    limit = walk.page.locator("#own-limits input").first
    walk.fills(limit, "much")
    walk.presses(walk.button("Keep these rights"))
    expect(walk.page.get_by_role("alert").first).to_be_visible()
    walk.fills(limit, "5000")
    walk.presses(walk.button("Keep these rights"))
    walk.is_told("Kept. It holds from their next click on.")
    walk.step("kept")
    roles = "SELECT role FROM staff_roles WHERE staff_id = :id ORDER BY role"
    assert [row[0] for row in place.rows(roles, id=agent.id)] == ["agent", "lead"]
    given = "SELECT count(*) FROM staff_refund_limits WHERE staff_id = :id"
    assert place.one(given, id=agent.id) == 1
    other = walk.another("colleague").as_colleague(agent.id)
    answer = other.opens("/desk/board")
    assert answer.status == 200
    other.step("may-now")


def test_a_failed_step_is_settled_after_a_word_of_warning(walk: Walk, place: Place) -> None:
    who = of_operations(walk, place)
    with place.work() as uow:
        fallout.record(
            uow,
            FalloutKind.EFFECT,
            subject_id=1_000_000 + who.id,
            step="oms_service.conversations.effects.Sending.send_message",
            what=f"message.queued conversation:{who.handle}",
            cause="ConnectionRefusedError at oms_service.adapters.mail.smtp:90",
            owner="operations",
            attempts=6,
        )
    walk.opens("/console/fallout")
    row = walk.page.get_by_role("row").filter(has_text=who.handle)
    walk.step("failed")
    walk.presses(row.get_by_role("button", name=walk.words("Settle"), exact=True))
    dialog = walk.page.get_by_role("dialog")
    warning = "The step will never run. Do this only when you have put things right by hand. "
    expect(dialog).to_contain_text(walk.words(f"{warning}Your name stays with it."))
    walk.step("warned")
    walk.presses(dialog.get_by_role("button", name=walk.words("Go back")))
    expect(dialog).to_be_hidden()
    state = "SELECT settled_by FROM fallout WHERE what LIKE :what"
    assert place.one(state, what=f"%{who.handle}") is None
    walk.presses(row.get_by_role("button", name=walk.words("Settle"), exact=True))
    walk.fills(walk.entry("How was it put right?"), walk.look.either("電話で連絡", "called them"))
    walk.presses(walk.button("Settle without trying"))
    expect(row).to_have_count(0)
    walk.step("settled")
    walk.until(lambda: place.one(state, what=f"%{who.handle}") == f"staff:{who.id}")


def test_many_failed_steps_are_found_ticked_and_tried_again(walk: Walk, place: Place) -> None:
    who = of_operations(walk, place)
    with place.work() as uow:
        for n in range(3):
            fallout.record(
                uow,
                FalloutKind.WEBHOOK,
                subject_id=2_000_000 + 10 * who.id + n,
                step="webhooks.deliver",
                what=f"partner {who.handle}-{n}",
                cause="ConnectionRefusedError at oms_service.webhooks.delivering:90",
                owner="operations",
                attempts=6,
            )
    walk.opens("/console/fallout")
    walk.fills(walk.entry("Find a step"), who.handle)
    walk.hits("Enter")
    rows = walk.page.locator("main tbody tr")
    expect(rows).to_have_count(3)
    bar = walk.page.locator("[data-rows-bar]")
    expect(bar).to_be_hidden()
    walk.step("found")
    if walk.look.is_phone:
        walk.ticks(rows.nth(0).get_by_role("checkbox"))
        walk.ticks(rows.nth(1).get_by_role("checkbox"))
    else:
        for key in ("j", "x", "j", "x"):
            walk.hits(key)
    expect(bar).to_contain_text(walk.words("%(count)s ticked", count=2))
    walk.step("ticked")
    walk.presses(walk.button("Try these again"))
    expect(rows).to_have_count(1)
    walk.step("tried-again")
    state = "SELECT what, state, settled_by FROM fallout WHERE what LIKE :what ORDER BY id"
    found = place.rows(state, what=f"partner {who.handle}%")
    assert [(row[1], row[2]) for row in found] == [
        ("retried", f"staff:{who.id}"),
        ("retried", f"staff:{who.id}"),
        ("open", None),
    ]
    walk.presses(walk.link("Dealt with", exact=False))
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text(who.name)
    walk.step("dealt-with")


def test_a_failed_step_is_tried_again_and_done_once(walk: Walk, place: Place) -> None:
    of_operations(walk, place)
    person = place.customer(walk.look)
    before = place.one("SELECT coalesce(max(id), 0) FROM effects")
    with place.work() as uow:
        codes.send_code(uow, person.mail, Language(walk.look.language))
    first = place.letter_to(person.mail)
    sent = """
        SELECT min(id) FROM effects
        WHERE id > :before AND state = 'done' AND subscriber LIKE '%send_message'
    """
    effect_id = place.until(lambda: place.one(sent, before=before))
    with place.work() as uow:
        parked = "UPDATE effects SET state = 'parked', attempts = 6, done_at = NULL WHERE id = :id"
        uow.session.execute(text(parked), {"id": effect_id})
        fallout.record(
            uow,
            FalloutKind.EFFECT,
            subject_id=effect_id,
            step="oms_service.conversations.effects.Sending.send_message",
            what=f"message.queued conversation:{person.mail}",
            cause="TimeoutError at oms_service.adapters.mail.smtp:90",
            owner="operations",
            attempts=6,
        )
    walk.opens("/console/fallout")
    row = walk.page.get_by_role("row").filter(has_text=person.mail)
    walk.presses(row.get_by_role("button", name=walk.words("Try again"), exact=True))
    dialog = walk.page.get_by_role("dialog")
    expect(dialog).to_contain_text(
        walk.words(
            "It carries the same key as before, so a partner who has done it will not do it twice."
        )
    )
    walk.step("asked")
    walk.presses(dialog.get_by_role("button", name=walk.words("Try again"), exact=True))
    walk.is_told("It is being tried again.")
    expect(row).to_have_count(0)
    walk.step("tried")
    state = "SELECT state FROM effects WHERE id = :id"
    walk.until(lambda: place.one(state, id=effect_id) == "done")
    folder = place.house.runtime.settings.state_dir / "mail"
    assert [one.text for one in letters(folder) if one.to == person.mail] == [first]


def test_what_each_role_may_do_is_read(walk: Walk, place: Place) -> None:
    of_operations(walk, place)
    walk.opens("/console/staff")
    walk.presses(walk.page.locator("main").get_by_role("link", name=walk.words("Roles")))
    walk.is_at("Roles")
    right = walk.words("Agree to refunds above a colleague's limit")
    cells = walk.page.get_by_role("row").filter(has_text=right).first.get_by_role("img")
    for role, cell in zip(permissions.STAFF_ROLES, cells.all(), strict=True):
        told = walk.words("yes" if permissions.may([role], "refunds:approve") else "no")
        expect(cell).to_have_attribute("aria-label", told)
    walk.step("roles")
    walk.presses(walk.page.locator("main td a").first)
    walk.is_at("Colleagues")
    holders = """
        SELECT count(*) FROM staff s JOIN staff_roles r ON r.staff_id = s.id
        WHERE s.is_active AND r.role = 'agent'
    """
    expect(walk.page.locator("main tbody tr")).to_have_count(min(place.one(holders), 50))
    walk.step("who-has-it")


def comes_in_with(fresh: Walk, link: str, name: str) -> None:
    """By the link in a mail, with a password of one's own."""
    fresh.opens(link)
    fresh.is_at("Welcome, %(name)s", name=name)
    fresh.fills(fresh.entry("Choose a password"), PASSWORD)
    fresh.fills(fresh.entry("The same once more"), f"{PASSWORD}x")
    fresh.presses(fresh.button("Start"))
    expect(fresh.page.locator("#again-error")).to_contain_text(fresh.words("The two do not match."))
    fresh.step("mistyped")
    fresh.fills(fresh.entry("Choose a password"), PASSWORD)
    fresh.fills(fresh.entry("The same once more"), PASSWORD)
    fresh.presses(fresh.button("Start"))
    fresh.page.wait_for_url(lambda url: "/staff/invitation" not in url)
    assert fresh.opens("/desk").status == 200
    fresh.step("in")


def test_a_colleague_is_invited_comes_in_and_leaves_again(walk: Walk, place: Place) -> None:
    who = of_operations(walk, place)
    mail, name = f"{readable_code(8).lower()}@desk.example", walk.look.either("森 悠", "Yu Mori")
    walk.opens("/console/staff/invite")
    walk.fills(walk.entry("Name"), name)
    walk.fills(walk.entry("Mail address"), mail)
    walk.ticks(walk.page.locator("input[name=role][value=agent]"))
    walk.step("inviting")
    walk.presses(walk.button("Send the invitation"))
    walk.page.wait_for_url("**/console/staff**")
    link = re.search(r"http\S+/staff/invitation\?\S+", place.letter_to(mail))
    assert link
    ends = "SELECT id, is_active FROM staff WHERE mail = :mail"
    ((staff_id, may_come_in),) = place.rows(ends, mail=mail)
    assert may_come_in is False
    fresh = walk.another("invited")
    comes_in_with(fresh, link[0], name)
    assert place.one("SELECT is_active FROM staff WHERE id = :id", id=staff_id) is True
    walk.opens(f"/console/staff/{staff_id}")
    walk.presses(walk.button("Deactivate"))
    dialog = walk.page.get_by_role("dialog")
    expect(dialog).to_contain_text(walk.words("Deactivate %(name)s?", name=name))
    walk.step("deactivating")
    walk.presses(dialog.get_by_role("button", name=walk.words("Deactivate"), exact=True))
    walk.is_told("They are shut out. Their open cases go back to the queue.")
    fresh.opens("/desk")
    expect(fresh.entry("Password")).to_be_visible()
    fresh.fills(fresh.entry("Mail address"), mail)
    fresh.fills(fresh.entry("Password"), PASSWORD)
    fresh.presses(fresh.button("Sign in"))
    expect(fresh.page.get_by_role("alert").first).to_be_visible()
    fresh.step("shut-out")
    assert place.one("SELECT is_active FROM staff WHERE id = :id", id=staff_id) is False
    settles(place)
    walk.opens(f"/console/audit?who={who.id}")
    for said in ("Colleague invited", "Colleague deactivated"):
        expect(walk.page.locator("main table")).to_contain_text(walk.words(said))
    expect(walk.page.locator("main table")).to_contain_text(name)
    walk.step("audit-log")


def test_a_policy_is_changed_and_what_cannot_be_read_is_refused(walk: Walk, place: Place) -> None:
    of_operations(walk, place)
    version = """
        SELECT max(version) FROM policies WHERE kind = 'returns' AND channel_id = :id
    """
    before = place.one(version, id=place.shop.channel_id)
    walk.opens("/console/policies")
    walk.step("policies")
    walk.opens("/console/policies/web/returns")
    rules = walk.page.locator("#rules")
    held = rules.input_value()
    walk.fills(rules, held + "}")
    walk.presses(walk.button("Put this version in force"))
    walk.reads("The rules cannot be read: check brackets, commas and quotation marks.")
    walk.step("refused")
    assert place.one(version, id=place.shop.channel_id) == before
    walk.fills(rules, held)
    walk.presses(walk.button("Put this version in force"))
    walk.is_told("Version %(version)s is in force from now on.", version=before + 1)
    walk.step("in-force")
    assert place.one(version, id=place.shop.channel_id) == before + 1


def test_sundays_are_taken_off_and_the_days_ahead_say_so(walk: Walk, place: Place) -> None:
    of_operations(walk, place)
    code = place.one("SELECT code FROM locations WHERE id = :id", id=place.counter_id)
    walk.opens(f"/console/calendars/locations/{code}")
    expect(walk.page.locator("tbody tr")).to_have_count(14)
    walk.fills(walk.entry("Sunday"), "")
    walk.fills(walk.entry("Carriers collect at"), "soon")
    walk.presses(walk.button("Keep"))
    expect(walk.page.get_by_role("alert").first).to_contain_text(
        walk.words("Enter a time such as 15:00.")
    )
    expect(walk.entry("Sunday")).to_have_value("")
    walk.step("refused")
    walk.fills(walk.entry("Carriers collect at"), "17:00")
    walk.presses(walk.button("Keep"))
    walk.is_told("These days hold from now on.")
    expect(walk.page.locator("tbody")).to_contain_text(walk.words("Closed all day"))
    walk.step("kept")


def test_the_shop_is_given_another_colour_and_its_own_again(walk: Walk, place: Place) -> None:
    of_operations(walk, place)
    walk.opens("/console/look")
    walk.fills(walk.entry("Colour of the shop"), "green")
    walk.presses(walk.button("Look at it first"))
    walk.reads("Please enter a colour as # and six digits, such as #1e6b4a.")
    walk.step("no-colour")
    walk.fills(walk.entry("Colour of the shop"), "#1e6b4a")
    walk.presses(walk.button("Look at it first"))
    walk.is_at("How it will look")
    walk.step("preview")
    walk.presses(walk.button("Use this look"))
    walk.is_told("The shop looks like this from now on.")
    walk.step("used")
    walk.presses(walk.button("Undo"))
    walk.is_told("The shop looks as it did before.")
