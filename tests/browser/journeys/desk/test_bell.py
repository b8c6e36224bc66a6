"""The bell: called by a colleague, seen as it happens, opened, chosen otherwise."""

import re

from playwright.sync_api import expect

from tests.browser.journeys.matters import colleague, matter
from tests.browser.journeys.place import Place
from tests.browser.journeys.walking import Walk


def test_the_bell_rings_for_who_is_called_and_falls_silent_once_they_look(
    walk: Walk, place: Place
) -> None:
    caller = colleague(place, walk.look)
    called = colleague(place, walk.look, name=walk.look.either("佐藤 健", "Ken Sato"))
    asked = matter(place, walk.look, taken_by=caller)
    walk.as_colleague(called.id).opens("/desk/tasks")
    bell = walk.page.locator("#bell .count")
    expect(walk.page.locator("#bell a")).to_have_attribute("title", walk.words("Your notices"))
    expect(bell).to_have_count(0)
    walk.step("silent")
    other = walk.another("caller").as_colleague(caller.id)
    other.opens(asked.path)
    said = f"@{called.handle} " + other.look.either("見てもらえますか。", "Could you look?")
    other.fills(other.entry("Internal note"), said)
    other.presses(other.button("Save the note"))
    other.is_told("Noted. Only colleagues see it.")
    expect(bell).to_have_text("1")
    walk.step("rings")
    walk.presses(walk.page.locator("#bell a"))
    expect(walk.page.locator(".desk-list")).to_contain_text(asked.case.number)
    walk.step("listed")
    walk.presses(walk.page.locator(".desk-list .desk-case"))
    expect(walk.page).to_have_url(re.compile(f"{asked.path}$"))
    expect(bell).to_have_count(0)
    walk.step("opened")
    read = "SELECT read_at IS NOT NULL, read_in FROM colleague_notices WHERE staff_id = :me"
    assert place.rows(read, me=called.id) == [(True, "")]
    assert place.rows(read, me=caller.id) == []


def test_what_was_marked_as_read_is_taken_back_and_choices_are_kept(
    walk: Walk, place: Place
) -> None:
    caller = colleague(place, walk.look)
    called = colleague(place, walk.look, name=walk.look.either("佐藤 健", "Ken Sato"))
    asked = matter(place, walk.look, taken_by=caller)
    walk.as_colleague(caller.id).opens(asked.path)
    walk.fills(walk.entry("Internal note"), f"@{called.handle} ?")
    walk.presses(walk.button("Save the note"))
    walk.is_told("Noted. Only colleagues see it.")
    told = "SELECT count(*) FROM colleague_notices WHERE staff_id = :me AND read_at IS NULL"
    walk.until(lambda: place.one(told, me=called.id) == 1)
    other = walk.another("called").as_colleague(called.id)
    other.opens("/notices")
    other.presses(other.button("Mark all as read"))
    expect(other.button("Mark as read")).to_have_count(0)
    other.step("read")
    other.presses(other.button("Undo"))
    expect(other.button("Mark as read")).to_have_count(1)
    expect(other.page.locator("#bell .count")).to_have_text("1")
    other.step("taken-back")
    other.presses(other.link("How you are told"))
    way = other.words("In the bell, and by mail at once")
    mail = other.page.locator("#mentions").get_by_text(way)
    other.presses(mail)
    other.presses(other.button("Save my choices"))
    other.is_told("Your choices are saved.")
    expect(other.page.locator("#mentions input[value=mail]")).to_be_checked()
    other.step("chosen")
    ways = "SELECT ways->>'mentions' FROM colleague_wishes WHERE staff_id = :me"
    assert place.one(ways, me=called.id) == "mail"
