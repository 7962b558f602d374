"""The application: headers, versions, limits, and what is refused before anything is drawn."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from convanim import __version__
from convanim.cli.serving import Limits
from convanim.serve.application import application
from convanim.serve.desk import Desk
from convanim.serve.drawing import drawn
from convanim.serve.queries import query_of


@pytest.fixture(scope="module")
def client() -> Iterator[TestClient]:
    with TestClient(application(Limits(workers=1, query=2000))) as found:
        yield found


def test_a_picture_comes_with_all_that_caches_and_pages_need(client: TestClient) -> None:
    found = client.get("/conv.svg?k=3&i=5")
    assert found.headers["content-type"] == "image/svg+xml"
    assert found.headers["cache-control"].startswith("public, max-age=3600")
    assert found.headers["access-control-allow-origin"] == "*"
    assert found.headers["x-content-type-options"] == "nosniff"
    assert found.headers["link"] == f'</v/{__version__}/conv.svg?i=5&k=3>; rel="canonical"'
    assert "sandbox" in found.headers["content-security-policy"]
    assert "set-cookie" not in found.headers


def test_who_has_a_picture_is_told_so(client: TestClient) -> None:
    tag = client.get("/conv.svg?k=3&i=5").headers["etag"]
    again = client.get("/conv.svg?i=5&kernel-size=3", headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    assert client.get("/conv.svg?i=6&k=3", headers={"If-None-Match": tag}).status_code == 200


def test_addresses_of_a_version_stay_for_ever_and_others_lead_to_todays(client: TestClient) -> None:
    own = client.get(f"/v/{__version__}/conv.svg?i=5&k=3")
    assert own.headers["cache-control"] == "public, max-age=31536000, immutable"
    old = client.get("/v/0.0.1/conv.svg?i=5&k=3", follow_redirects=False)
    assert (old.status_code, old.headers["location"]) == (307, "/conv.svg?i=5&k=3")
    assert client.get(f"/v/{__version__}/explain/conv.json?i=5&k=3").json()["short"] == "conv k3"


def test_heads_are_without_bodies_and_other_methods_are_refused(client: TestClient) -> None:
    head = client.head("/conv.svg?i=5&k=3")
    assert (head.status_code, head.headers["content-type"]) == (200, "image/svg+xml")
    for method in ("POST", "PUT", "DELETE", "PATCH", "OPTIONS"):
        assert client.request(method, "/conv.svg?i=5&k=3").status_code == 405


def test_compressed_or_not_it_is_the_same(client: TestClient) -> None:
    packed = client.get("/conv.svg?i=5&k=3", headers={"Accept-Encoding": "gzip"})
    plain = client.get("/conv.svg?i=5&k=3", headers={"Accept-Encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.content == plain.content


def test_words_about_pasted_code_have_an_address_of_their_own(client: TestClient) -> None:
    found = client.get("/explain.json", params={"code": "nn.MaxPool2d(2)", "i": "6"}).json()
    assert found["form"]["command"] == "max-pool"
    assert client.get("/explain/backward/conv.json?i=4&k=3").json()["says"].startswith("backward pass")


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/conv.json?i=5&k=9", 422),
        ("/conv.json?colour=red", 400),
        ("/conv.json?i=%FF", 400),
        ("/conv.json?" + "&".join(f"a{n}=1" for n in range(101)), 400),
        ("/conv.json?caption-text=" + "x" * 2000, 413),
        ("/nothing.json", 404),
        ("/page/nothing.js", 404),
    ],
)
def test_refusals_are_sentences(client: TestClient, address: str, status: int) -> None:
    found = client.get(address)
    assert found.status_code == status
    assert found.json()["error"]


def test_a_refused_picture_is_one_that_can_be_read(client: TestClient) -> None:
    found = client.get("/conv.gif?i=5&k=9")
    assert (found.status_code, found.headers["content-type"]) == (422, "image/svg+xml")
    assert "reaches over 9 rows" in found.text


def test_the_table_names_every_parameter_once(client: TestClient) -> None:
    found = client.get("/parameters.json").json()
    own = [found["parameters"][at]["name"] for at in found["commands"]["conv"]["parameters"]]
    assert own[:2] == ["i", "k"]
    assert len(own) == len(set(own))
    written = [json.dumps(one) for one in found["parameters"]]
    assert len(written) == len(set(written))
    assert "Sentinel" not in json.dumps(found)


def test_the_page_and_its_parts_are_there(client: TestClient) -> None:
    page = client.get("/")
    assert page.headers["content-type"].startswith("text/html")
    assert "script-src 'self'" in page.headers["content-security-policy"]
    assert client.get("/healthz").text == "ok\n"


def test_an_address_that_asks_for_many_pictures_waits() -> None:
    with TestClient(application(Limits(workers=1, per_minute=2))) as client:
        statuses = [client.get(f"/conv.png?i=3&k=2&still={step}").status_code for step in (0, 1, 2)]
        assert statuses == [200, 200, 429]
        # What is known already takes no work, and counts for nothing.
        assert client.get("/conv.png?i=3&k=2&still=0").status_code == 200


def test_memory_for_answers_is_bounded() -> None:
    with TestClient(application(Limits(workers=1, cache=0))) as client:
        assert client.get("/conv.png?i=3&k=2&still=0").status_code == 200
    desk = Desk(Limits(cache=0))
    assert not desk.has(query_of("conv.png", [("i", "3"), ("k", "2"), ("still", "0")]), drawn)
