"""Who is in an image, and that a split holds people together."""

import numpy as np
import pytest

from tests.train.exact import people
from train.data.split import describe_people, development_split, hold_out, is_held_out, people_of, person_of
from train.errors import DatasetError


@pytest.mark.parametrize(
    ("name", "person"),
    [
        ("Luis_Fonsi_21.jpg", "Luis_Fonsi"),
        ("Abdel_Aziz_Al-Hakim_00.jpg", "Abdel_Aziz_Al-Hakim"),
        ("folder/Ada 7.png", "Ada"),
        ("face0012.jpg", "face"),
        ("noname.jpg", "noname"),
        ("12.jpg", "12"),
        ("Ada (1).jpg", "Ada"),
        ("Ada01a.jpg", "Ada"),
        ("Ada_01b.png", "Ada"),
        ("ada/01.jpg", "ada"),
        ("ada/IMG_0012.jpg", "ada"),
        ("class/ada/frame_3.png", "class/ada"),
    ],
)
def test_person_of(name: str, person: str) -> None:
    assert person_of(name) == person


def test_folders_tell_people_apart_where_their_names_do_not() -> None:
    assert people_of(["ada/portrait_1.jpg", "bob/portrait_1.jpg"]) == ("ada", "bob")
    assert people_of(["ada/01.jpg", "bob/01.jpg"]) == ("ada", "bob")
    # One person over two folders of many people stays one.
    names = ["day1/Ada_1.jpg", "day1/Bob_1.jpg", "day2/Ada_2.jpg"]
    assert people_of(names) == ("Ada", "Bob", "Ada")


def test_what_the_labels_say_comes_first() -> None:
    assert people_of(["a_1.jpg", "b_1.jpg"], ["Ada", ""]) == ("Ada", "b")


def test_the_split_keeps_each_person_on_one_side_and_never_changes() -> None:
    names = [f"P{i}x_{k}.jpg" for i in range(400) for k in range(3)]
    mask = development_split(people_of(names))
    assert (mask.reshape(400, 3).min(axis=1) == mask.reshape(400, 3).max(axis=1)).all()
    assert 0.1 < mask.mean() < 0.2
    assert is_held_out("Luis_Fonsi") is False and is_held_out("Cameron_Diaz") is True


def test_too_few_people_are_refused_with_what_to_do() -> None:
    with pytest.raises(DatasetError, match=r"cannot split 3 images of 3 people .*--split all .*--hold-out"):
        development_split(people(3, held_out=False))
    with pytest.raises(DatasetError, match=r"cannot split 1 image of 1 person \("):
        development_split(people(1, held_out=True))


@pytest.mark.parametrize("held_out", [False, True])
def test_twenty_people_are_always_split(held_out: bool) -> None:
    """Where chance would hold out nobody, or everybody."""
    mask = development_split(people(20, held_out=held_out))
    assert mask.sum() == 3


def test_people_are_held_out_by_name() -> None:
    shown = ("Ada", "Bob", "Ada", "Cy")
    split = hold_out(shown, all_people=False, chosen=("ada",))
    np.testing.assert_array_equal(split.held_out, [True, False, True, False])
    assert split.words == "all people but Ada"
    with pytest.raises(DatasetError, match=r"'Dan': nobody is called that; there are 3 people \(Ada, Bob, Cy\)"):
        hold_out(shown, all_people=False, chosen=("Dan",))
    with pytest.raises(DatasetError, match="nobody is left"):
        hold_out(shown, all_people=False, chosen=("Ada", "Bob", "Cy"))


def test_people_are_described_by_number_and_a_few_names() -> None:
    assert describe_people(["b", "a", "b"]) == "2 people (a, b)"
    assert describe_people(list("abcdef")) == "6 people (a, b, c, d, ...)"
