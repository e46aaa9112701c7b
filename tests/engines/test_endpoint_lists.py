"""The lists of models of servers, in every form, at every address, with the sentence for what is none."""

from __future__ import annotations

from collections.abc import Mapping

import httpx2
import pytest

from tui.engines.endpoint.server import ids_in, other_address

TINY = {"id": "tiny"}
LISTS: Mapping[str, object] = {
    "models": {"models": [TINY]},
    "names": {"models": [{"name": "tiny", "size": 1}]},
    "texts": {"models": ["tiny"]},
    "texts alone": ["tiny"],
    "named objects": {"data": {"tiny": {"owned_by": "me"}}},
    "a list in data": {"data": {"models": [TINY]}},
    "a result": {"result": [TINY]},
    "capitals": {"Data": [{"Id": "tiny"}]},
    "another name": {"data": [{"model_name": "tiny"}]},
    "an empty list beside": {"data": [], "models": [TINY]},
    "odd entries": {"data": [None, 5, {}, {"id": None}, {"id": 7}, {"id": ""}, TINY, TINY]},
}


@pytest.mark.parametrize("form", LISTS)
def test_a_list_of_models_is_read_in_every_form(form: str) -> None:
    assert ids_in(httpx2.Response(200, json=LISTS[form])) == ("tiny",)


def test_what_is_no_list_has_no_models() -> None:
    for body in ({"data": None}, {"error": {"message": "none"}}, "tiny", 5, None, {"data": {"message": "none"}}):
        assert ids_in(httpx2.Response(200, json=body)) == ()


def test_a_list_is_looked_for_with_and_without_a_version() -> None:
    missing, refused = httpx2.Response(404), httpx2.Response(401)
    assert other_address("http://here/api", missing) == "http://here/api/v1"
    assert other_address("http://here/v1", missing) == "http://here"
    assert other_address("http://here/v1", refused) == "http://here/v1"
    assert other_address("http://here/api/v1", missing) == "http://here/api/v1"
