"""The shop's look: tried on, used, undone, and seen on every page from then on."""

import io
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image
from sqlalchemy import text
from werkzeug.test import TestResponse

from oms_service.access.states import Role
from oms_service.appearance import queries, service
from oms_service.appearance.service import MOST_TRIED_ON, Wanted
from oms_service.kernel.actors import SYSTEM
from oms_service.kernel.errors import Stale
from oms_service.kernel.languages import Language
from oms_service.runtime import Runtime
from oms_service.web import csrf
from tests.factories.staff import make_staff, post, proof, sign_in

GREEN = "#1e6b4a"


def drawn(colour: str = "red") -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (300, 100), colour).save(written, "PNG")
    return written.getvalue()


@pytest.fixture
def client(app: Flask, runtime: Runtime) -> FlaskClient:
    with runtime.unit_of_work(SYSTEM) as uow:
        make_staff(uow, Role.OPERATIONS, name="山本 操", language=Language.ENGLISH)
        make_staff(uow, Role.LEAD)
    client = app.test_client()
    sign_in(client, "operations@shop.example")
    return client


def try_on(client: FlaskClient, *, picture: bytes | None = None, **fields: str) -> TestResponse:
    data: dict[str, object] = {
        csrf.FIELD: proof(client),
        "version": "0",
        "name_ja": "",
        "name_en": "",
        "accent": "",
        **fields,
    }
    if picture is not None:
        data["picture"] = (io.BytesIO(picture), "logo.png")
    return client.post("/console/look/preview", data=data, content_type="multipart/form-data")


def use(client: FlaskClient, version: int, **fields: str) -> TestResponse:
    return post(client, "/console/look", {"version": str(version), **fields})


def looks(runtime: Runtime) -> int:
    with runtime.database.reading() as connection:
        return connection.scalar(text("SELECT count(*) FROM shop_looks")) or 0


def told(runtime: Runtime) -> list[tuple[int, int | None]]:
    with runtime.database.reading() as connection:
        rows = connection.execute(
            text("SELECT payload FROM outbox WHERE name = 'look.changed' ORDER BY id")
        )
        return [(row.payload["look_id"], row.payload["back_to"]) for row in rows]


def test_a_look_is_tried_on_used_seen_everywhere_and_undone(
    client: FlaskClient, runtime: Runtime
) -> None:
    tried = try_on(
        client, name_ja="森の珈琲", name_en="Forest Coffee", accent=GREEN, picture=drawn()
    )
    assert tried.status_code == 200
    assert "<title>How it will look · Forest Coffee</title>" in tried.text
    assert looks(runtime) == 0
    assert "Forest Coffee" not in client.get("/console/look").text
    found = re.search(r'name="logo" value="(\w{64})"', tried.text)
    assert found

    fields = {"name_ja": "森の珈琲", "name_en": "Forest Coffee", "accent": GREEN}
    used = use(client, 0, logo=found[1], shows_name="1", **fields)
    assert used.status_code == 303
    page = client.get("/console/look").text
    assert "The shop looks like this from now on." in page
    assert "Undo" in page
    visitor = client.application.test_client().get("/sign-in", headers={"Accept-Language": "ja"})
    assert "森の珈琲</title>" in visitor.text
    sheet = re.search(r'rel="stylesheet" href="(/assets/look/1e6b4a\.\w{12}\.css)"', visitor.text)
    assert sheet
    style = client.get(sheet[1], headers={"Accept-Encoding": "identity"})
    assert style.text.rstrip().endswith("}}")
    assert f"--accent:light-dark({GREEN}, #" in style.text
    assert style.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert client.get(sheet[1], headers={"Accept-Encoding": "gzip"}).content_encoding == "gzip"
    logo, icon = (client.get(f"/assets/look/{found[1]}{end}") for end in (".png", ".icon.png"))
    assert (logo.mimetype, icon.mimetype) == ("image/png", "image/png")
    assert runtime.look.head(Language.JAPANESE).name == "森の珈琲"
    assert runtime.look.head(Language.JAPANESE).colour == GREEN

    # Pressed twice, the same look is still one.
    assert use(client, 0, logo=found[1], shows_name="1", **fields).status_code == 303
    assert looks(runtime) == 1

    back = post(client, "/console/look/back", {"to": "0", "version": "1"})
    assert back.status_code == 303
    assert "Forest Coffee</title>" not in client.get("/console/look").text
    assert "Forest Coffee" in client.get("/console/look").text  # among the former ones
    assert told(runtime) == [(1, None), (2, 0)]


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"accent": "#ffcc00"}, "The nearest colour that can be read is"),
        ({"accent": "green"}, "Please enter a colour as # and six digits"),
        ({"name_en": "x" * 41}, "Please enter at most 40 plain signs"),
        ({"name_ja": "a\u202eb"}, "Please enter at most 40 plain signs"),
        ({"logo": "0" * 64}, "The picture is no longer here"),
    ],
)
def test_what_cannot_be_is_said_beside_its_field_and_changes_nothing(
    client: FlaskClient, runtime: Runtime, fields: dict[str, str], words: str
) -> None:
    for answer in (try_on(client, picture=None, **fields), use(client, 0, **fields)):
        assert (answer.status_code, words in answer.text) == (422, True)
    assert (looks(runtime), told(runtime)) == (0, [])


def test_a_drawing_of_markup_is_no_logo(client: FlaskClient) -> None:
    answer = try_on(client, picture=b'<svg xmlns="http://www.w3.org/2000/svg"/>', name_en="Kept")
    assert answer.status_code == 422
    assert "This is not a PNG, JPEG or WebP picture" in answer.text
    assert 'value="Kept"' in answer.text  # nothing else has to be entered again


def test_the_piece_says_of_a_colour_what_it_does(client: FlaskClient) -> None:
    good = client.get("/console/look/check?accent=%231e6b4a").text
    assert "Can be read" in good
    sample = re.search(r'href="(/assets/look/1e6b4a\.sample\.\w{12}\.css)"', good)
    assert sample
    assert client.get(sample[1]).text.strip().startswith("@layer tokens{.look-sample{--accent:")
    bad = client.get("/console/look/check?accent=ffcc00").text
    assert 'data-take-colour="#' in bad
    assert "Can be read" not in bad


@pytest.mark.parametrize("path", ["ffcc00.svg", "zzzzzz.svg", f"{'0' * 64}.png", "1E6B4A.svg"])
def test_colours_and_logos_that_are_not_there_are_not_found(client: FlaskClient, path: str) -> None:
    assert client.get(f"/assets/look/{path}").status_code == 404


def test_a_style_sheet_of_another_release_is_answered_but_not_kept(client: FlaskClient) -> None:
    old = client.get("/assets/look/1e6b4a.000000000000.css")
    assert (old.status_code, old.headers["Cache-Control"]) == (200, "no-cache")


def test_only_operations_decide(client: FlaskClient, app: Flask, runtime: Runtime) -> None:
    lead = app.test_client()
    sign_in(lead, "lead@shop.example")
    assert lead.get("/console/look").status_code == 403
    assert use(lead, 0, name_en="Mine").status_code == 403
    assert looks(runtime) == 0


def test_two_at_once_do_not_overwrite_each_other(client: FlaskClient, runtime: Runtime) -> None:
    with runtime.unit_of_work(SYSTEM) as uow:
        service.change(uow, wanted("First"), version=0)
    answer = use(client, 0, name_en="Second")
    assert answer.status_code == 303
    assert "A colleague has changed the look meanwhile" in client.get("/console/look").text
    with runtime.unit_of_work(SYSTEM) as uow, pytest.raises(Stale):
        service.go_back(uow, to=0, version=7)
    assert looks(runtime) == 1


def test_pictures_only_tried_on_are_few_and_gone_after_a_day(
    client: FlaskClient, runtime: Runtime
) -> None:
    for number in range(MOST_TRIED_ON):
        assert try_on(client, picture=drawn(f"#{number:06x}")).status_code == 200
    full = try_on(client, picture=drawn("blue"))
    assert (full.status_code, "Too many pictures" in full.text) == (422, True)
    with runtime.unit_of_work(SYSTEM) as uow:
        uow.session.execute(text("UPDATE shop_logos SET added_at = added_at - interval '25 hours'"))
    assert try_on(client, picture=drawn("blue")).status_code == 200
    with runtime.database.reading() as connection:
        assert connection.execute(text("SELECT count(*) FROM shop_logos")).scalar_one() == 1


def test_a_look_is_asked_for_once_in_some_seconds(runtime: Runtime) -> None:
    assert runtime.look.look().version == 0
    with runtime.unit_of_work(SYSTEM) as uow:
        service.change(uow, wanted("Later"), version=0)
    assert runtime.look.look().version == 0
    runtime.look.forget()
    assert runtime.look.name(Language.JAPANESE) == "Later"
    with runtime.database.reading() as connection:
        assert queries.current(connection).changed_by == SYSTEM.ref


def wanted(name: str) -> Wanted:
    return Wanted(name_ja="", name_en=name, accent="", logo=None, shows_name=True)
