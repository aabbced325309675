"""A manifest's every mistake is told with file, key and remedy."""

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from realtime.errors import FilterError
from realtime.filters.base import ScreenLayer
from realtime.filters.face_template import template_svg
from realtime.filters.packs import schema
from realtime.filters.packs.manifest import filter_of, read_manifest
from realtime.filters.packs.pack import Pack
from realtime.filters.packs.registry import available, load
from tests.paths import ROOT
from tests.realtime.filters.sample_packs import HEAD, KIND_SAMPLES, manifest_of, pack_of, picture_png

DOCS = ROOT / "docs"
OVERLAY = KIND_SAMPLES["overlay"]


@pytest.mark.parametrize("name", KIND_SAMPLES)
def test_every_kind_is_read(name: str) -> None:
    manifest = read_manifest(pack_of([KIND_SAMPLES[name]]))
    assert manifest.kinds == (KIND_SAMPLES[name]["kind"],) and len(manifest.layers) == 1
    assert (manifest.title, manifest.author, manifest.licence) == ("Test", "Tests", "MIT")


def test_the_samples_show_every_kind() -> None:
    assert {sample["kind"] for sample in KIND_SAMPLES.values()} == set(
        schema.manifest_schema()["properties"]["layer"]["items"]["discriminator"]["mapping"]
    )


def model_of(*parts: dict[str, Any]) -> dict[str, Any]:
    return {"kind": "model", "part": list(parts)}


LATHE: dict[str, Any] = {"lathe": [[1, 0], [1, -1]]}
SCREEN: dict[str, Any] = {"kind": "overlay", "image": "a.png", "place": "screen"}


def told(layer: dict[str, Any] | str) -> str:
    with pytest.raises(FilterError) as caught:
        filter_of(pack_of(layer if isinstance(layer, str) else [layer]))
    message = str(caught.value)
    assert message.startswith("test/") and "\n" not in message
    return message


@pytest.mark.parametrize(
    ("layer", "message"),
    [
        ({**OVERLAY, "image": "b.png"}, r"picture 'b.png' is not in the pack \(it has: a.png\); write the name"),
        ({**OVERLAY, "image": "../a.png"}, r"picture '../a.png' is not in the pack"),
        ({**OVERLAY, "image": "/a.png"}, r"picture '/a.png' is not in the pack"),
        ({**OVERLAY, "opacity": 1.5}, r"layer\[0\].opacity: 1.5 is out of range; give a number from 0 to 1"),
        ({**OVERLAY, "opacity": "half"}, r"layer\[0\].opacity: 'half' is not a number; give a number from 0"),
        ({**OVERLAY, "opacity": True}, r"layer\[0\].opacity: True is not a number; give"),
        ({**OVERLAY, "opacity": float("nan")}, r"layer\[0\].opacity: nan is out of range"),
        ({**OVERLAY, "opacty": 1}, r"layer\[0\].opacty: this key is not known; did you mean 'opacity'\?"),
        ({**OVERLAY, "zzz": 1}, r"layer\[0\].zzz: this key is not known; known here: kind, image, place"),
        ({"kind": "overlay"}, r"layer\[0\].image: this key is missing; add it: the picture's file name"),
        ({"image": "a.png"}, r"layer\[0\].kind: this key is missing; take one of: overlay, mask"),
        ({"kind": "overly"}, r"layer\[0\].kind: 'overly' is not known; did you mean 'overlay'\?"),
        ({**OVERLAY, "follow": ["left_ey", "chin"]}, r"follow\[0\]: 'left_ey' is not known; did you mean 'left_eye'\?"),
        ({**OVERLAY, "follow": ["chin"]}, r"layer\[0\]: place 'similarity' needs 2 anchors apart; add an anchor"),
        ({**OVERLAY, "anchors": [{"keypoint": "chin", "at": [1, 2]}]}, r"anchors exclude follow, origin and"),
        ({**OVERLAY, "depth": 0.2}, r'need place = "posed"; add it, or leave them out'),
        ({**OVERLAY, "offset": [1]}, r"offset: \[1\] is not a list of 2 numbers; write it like \[0.0, 0.0\]"),
        ({**OVERLAY, "offset": [1, 99]}, r"offset\[1\]: 99 is out of range"),
        ({**OVERLAY, "when": {"measure": "smile"}}, r"layer\[0\].when: needs one of above and below; give just one"),
        ({**OVERLAY, "when": {"measure": "smile", "above": 0.3, "until": 0.6}}, r"until = 0.6 lies beyond the level"),
        ({**OVERLAY, "when": {"measure": "smiles", "above": 1}}, r"when.measure: 'smiles' is not known"),
        ({**OVERLAY, "when": {"above": 1}}, r"when: needs one of measure, all, any, toggle and count; give just one"),
        ({**OVERLAY, "when": {"toggle": {"measure": "smile"}}}, r"when.toggle: needs one of above and below"),
        (
            {**OVERLAY, "when": {"all": [{"measure": "smil", "above": 1}]}},
            r"when.all\[0\].measure: 'smil' is not known",
        ),
        ({**OVERLAY, "when": {"any": []}}, r"when.any: a list of 0 values is too short; give 1 to 8"),
        (
            {**OVERLAY, "when": {"count": {"measure": "pitch", "below": -8}, "times": 2.5}},
            r"when.times: 2.5 is out of range; give a whole number from 2 to 20",
        ),
        (
            {**OVERLAY, "when": {"measure": "smile", "above": 1, "times": 2}},
            r"when: times belongs to count, which is not there; take it out",
        ),
        ({**OVERLAY, "when": 1}, r"layer\[0\].when: 1 is not a table"),
        ({**KIND_SAMPLES["overlay posed"], "one_sided": 1}, r"one_sided: 1 is neither true nor false"),
        ({**KIND_SAMPLES["makeup"], "color": "red"}, r"color: 'red' is not a colour; write it like \"#b0123a\""),
        ({**KIND_SAMPLES["makeup"], "color": "#gg0000"}, r"color: '#gg0000' is not a colour"),
        ({**KIND_SAMPLES["mask"], "origin": [9000, 9000]}, r"nothing of the picture lies on the face; set origin"),
        ({"kind": "warp", "points": []}, r"points: a list of 0 values is too short; give 1 to 24"),
        (
            {"kind": "warp", "points": [{"keypoint": "chin", "radius": 0.2, "move": [0.0, 0.5]}]},
            r"points\[0\]: move is longer than a radius of 0.2 can bear; make it at most 0.072",
        ),
        ({**KIND_SAMPLES["particles"], "images": ["a.png"]}, r"needs one of image and images; give just one"),
        ({"kind": "model"}, r"layer\[0\]: a model needs a file or parts; give model or part, just one of them"),
        ({"kind": "model", "model": "b.glb"}, r"model 'b.glb' is not in the pack \(it has: a.glb\)"),
        ({"kind": "model", "part": [{"color": "#ffffff"}]}, r"part\[0\]: a part needs lathe or sweep; give just one"),
        (model_of(LATHE, {"lathe": [[1, 0], [1, 0]]}), r"layer\[0\].part\[1\]: a profile needs two places apart"),
        (model_of({"lathe": [[1, 0], [-1, 1]]}), r"part\[0\]: a profile's radius of -1 is negative; write it from 0"),
        (model_of({"lathe": [[0, 0], [0, 1]]}), r"part\[0\]: a profile with radius 0 throughout encloses nothing"),
        (model_of({**LATHE, "radius": 0.1}), r"part\[0\]: radius belongs to sweep; take it out"),
        (
            model_of({**LATHE, "at": [1, 2]}),
            r"at: \[1, 2\] is not a list of 3 numbers; write it like \[0.0, 0.0, 0.0\]",
        ),
        (model_of(*[LATHE] * 65), r"part: a list of 65 values is too long; give 1 to 64"),
        ({"kind": "model", "part": LATHE}, r"part: .* is not a list of 1 to 64 values; write \[\[...\]\] with two"),
        ({**SCREEN, "turn": [10, 0]}, r'layer\[0\]: place = "screen" has no turn; leave it out, or choose another'),
        ({**SCREEN, "follow": ["mouth"]}, r'layer\[0\]: place = "screen" has no follow'),
        ({**KIND_SAMPLES["makeup"], "color": "#" * 500}, r"color: '#{70,79}\.\.\. is not a colour"),
        ({"kind": "model", "part": [{"lathe": [[1, 0], [1, 1]], "closed": True}]}, r"closed belongs to sweep; take it"),
        ({"kind": "model", "part": [{"sweep": [[0, 0, 0], [9, 0, 0]]}]}, r"sweep\[1\]\[0\]: 9 is out of range"),
        ({"kind": "particles", "keypoint": "mouth"}, r"needs one of image and images; give just one"),
        ({**KIND_SAMPLES["particles"], "size": [0.5, 0.1]}, r"has its smallest last; write \[smallest, largest\]"),
    ],
)
def test_a_mistake_in_a_layer_is_reported(layer: dict[str, Any], message: str) -> None:
    assert re.search(message, told(layer)), told(layer)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("schema = 1\ntitle = ", "not valid TOML .*mend that place"),
        (HEAD, "layer: this key is missing"),
        (HEAD + "layer = []\n", r"layer: a list of 0 values is too short; give 1 to 32"),
        (HEAD + "layer = [1]\n", r"layer\[0\]: 1 is not a table"),
        (HEAD.replace("schema = 1", "schema = 2"), "schema: 2 is out of range; give a number from 1 to 1"),
        (HEAD.replace('"Test"', '""'), "title: '' is not a line of text"),
        (HEAD.replace('"Test"', '"a\\nb"'), "title: .* is not a line of text"),
        (HEAD.replace('"MIT"', "3"), "licence: 3 is not a line of text"),
        (HEAD.replace("author", "autor"), "autor: this key is not known; did you mean 'author'"),
    ],
)
def test_a_mistake_at_the_top_is_reported(text: str, message: str) -> None:
    whole = text if "layer" in message or "TOML" in message else text + manifest_of([OVERLAY]).removeprefix(HEAD)
    assert re.search(message, told(whole)), told(whole)


@pytest.mark.parametrize("levels", [61, 1100, 20_000])
@pytest.mark.parametrize("key", ["layer", "licence"])
def test_deep_tables_are_refused_before_anything_goes_down_into_them(levels: int, key: str) -> None:
    """A chain of dots makes as many tables; what printed the value found went down into each, and fell."""
    rest = HEAD.replace("licence", "unused")
    chain = ".".join(["a"] * (levels + 1))
    assert "has more than 60 dots in one line; write it in several" in told(f"{rest}{key} = {{ {chain} = 1 }}\n")
    step, count = "[\n{" + ".".join(["a"] * 50) + "=", levels // 50 + 1
    assert "is nested more than 60 deep; write it flatter" in told(f"{rest}{key} = {step * count}1{'}]' * count}\n")


def test_long_lists_may_stand_in_one_line() -> None:
    profile = [[0.5 + index / 100, -index / 50] for index in range(64)]
    line = manifest_of([{"kind": "model", "part": [{"lathe": profile, "sides": 8}]}])
    assert read_manifest(pack_of(line)).kinds == ("model",)


def test_a_manifest_that_is_no_text_is_reported() -> None:
    with pytest.raises(FilterError, match="not valid TOML"):
        filter_of(Pack("test", Path("test"), {"filter.toml": b"\xff\xfe"}))


def test_the_schema_and_the_template_in_docs_are_current() -> None:
    advice = "run python -m realtime.filters.packs.schema"
    assert (DOCS / "filter.schema.json").read_text(encoding="utf-8") == schema.schema_text(), advice
    assert (DOCS / "face_template.svg").read_text(encoding="utf-8") == template_svg(), advice
    required = json.loads(schema.schema_text())["required"]
    assert required == ["schema", "title", "author", "licence", "description", "layer"]


def test_the_docs_example_works_and_no_key_is_left_out() -> None:
    page = (DOCS / "filters.md").read_text(encoding="utf-8")
    example, *layers = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    triggers = [layer for layer in layers if layer.startswith("when")]
    hints = [filter_of(pack_of(manifest_of([OVERLAY]) + trigger)).hint for trigger in triggers]
    assert hints == ["Close your eyes", "Nod, 3 times and smile"]
    assert [read_manifest(pack_of(HEAD + layer)).kinds for layer in layers if "[[layer" in layer] == [("model",)]
    pictures = {name: picture_png() for name in ("moustache.png", "spark.png")}
    made = read_manifest(Pack("moustache", Path("moustache"), {"filter.toml": example.encode(), **pictures}))
    assert made.kinds == ("overlay", "particles") and tomllib.loads(example)["title"] == "Moustache"
    keys = {key for table in schema.manifest_schema()["$defs"].values() for key in table["properties"]}
    assert not [key for key in keys if not re.search(rf"[`{{ ]{key}[`, =]", page)]


def limits_of(*layers: dict[str, Any]) -> list[float]:
    return [use.gate.limits.yaw for use in filter_of(pack_of(list(layers))).layers]


def test_parts_of_a_filter_fade_together_unless_it_says_otherwise() -> None:
    ears, muzzle = KIND_SAMPLES["overlay posed"], {**KIND_SAMPLES["overlay posed"], "pose": {"yaw": 45}}
    assert limits_of(ears, muzzle) == [45, 45]
    assert limits_of({**ears, "pose": {"yaw": 80}}, muzzle, KIND_SAMPLES["mask"]) == [80, 45, 45]
    assert limits_of({**ears, "pose": {"pitch": 10}}, muzzle) == [45, 45]
    hides, text = KIND_SAMPLES["privacy blur"], KIND_SAMPLES["text"]
    assert limits_of(hides, text, muzzle) == [180, 180, 45]


@pytest.mark.parametrize("name", sorted(available()))
def test_parts_of_what_ships_fade_together(name: str) -> None:
    worn = [use.gate.limits for use in load(name).layers if not isinstance(use.layer, ScreenLayer)]
    assert len(set(worn)) <= 1
