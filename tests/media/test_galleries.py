"""What a page shows of a product, where an asset stands among its media, and parts of files."""

import datetime

import pytest

from rackhouse.catalog import Media
from rackhouse.media import Asset, Placing, Rendition
from rackhouse.media.rules.assets import address_of, asset_in
from rackhouse.media.rules.files import disposition, id_in_key, key_of, original_of, public_file
from rackhouse.media.rules.galleries import gallery_of
from rackhouse.media.rules.placing import placed, without
from rackhouse.media.rules.ranges import NoSuchPart, has_it_already, part_asked_for

NOW = datetime.datetime(2026, 5, 1, tzinfo=datetime.UTC)
ID = "ab" * 20
TAG = '"abc"'


def asset(id_: str = ID, kind: str = "image", name: str = "160.jpg", **said: str) -> Asset:
    size = Rendition(
        name=name,
        url=address_of(id_, name),
        media_type="image/jpeg",
        width=160,
        height=90,
        bytes=10,
        sha256="00",
    )
    return Asset(
        id=id_,
        kind=kind,
        media_type="image/jpeg" if kind == "image" else "video/mp4",
        bytes=1000,
        sha256=id_ + "0" * 24,
        width=320,
        height=180,
        duration_seconds=None if kind == "image" else 2.5,
        filename=said.get("filename"),
        alt=said.get("alt", ""),
        role=said.get("role", "gallery"),
        url=address_of(id_, name if kind == "image" else "original.mp4"),
        renditions=(size,) if kind == "image" else (),
        version=1,
        added_at=NOW,
        updated_at=NOW,
    )


def medium(kind: str, url: str, role: str = "gallery", alt: str = "") -> Media:
    return Media(kind=kind, url=url, role=role, alt=alt)


def test_a_gallery_joins_what_belongs_together() -> None:
    here = asset()
    film = asset("cd" * 20, "video")
    media = [
        medium("image", "https://elsewhere.example/side.jpg", alt="Side"),
        medium("model", "/media/x/bottle.glb"),
        medium("model", "/media/x/bottle.USDZ?v=1", alt="The bottle"),
        medium("image", here.url, "poster", "The bottle, still"),
        medium("model", "/media/x/box.glb"),
        medium("video", film.url, alt="Pouring"),
        medium("image", "/poster.jpg", "poster"),
        medium("image", here.url, "main", "Front"),
    ]
    found = gallery_of("gin", 7, media, {here.id: here, film.id: film})
    assert [each.alt for each in found.pictures] == ["Front", "Side"]
    assert [each.width for each in found.pictures[0].sources] == [160]
    assert found.pictures[1].sources == ()
    bottle, box = found.models
    assert (bottle.alt, bottle.glb_url, bottle.usdz_url) == (
        "The bottle",
        "/media/x/bottle.glb",
        "/media/x/bottle.USDZ?v=1",
    )
    assert bottle.poster is not None
    assert bottle.poster.url == here.url
    assert (box.glb_url, box.usdz_url, box.poster) == ("/media/x/box.glb", None, None)
    (video,) = found.videos
    assert (video.duration_seconds, video.poster and video.poster.url) == (2.5, "/poster.jpg")


def test_a_poster_of_nothing_is_a_picture() -> None:
    found = gallery_of("gin", 1, [medium("image", "/a.jpg", "poster")], {})
    assert [each.url for each in found.pictures] == ["/a.jpg"]


def test_an_asset_is_put_last_stays_or_is_moved() -> None:
    others = [medium("image", "/a.jpg", "main"), medium("image", "/b.jpg")]
    here = asset(alt="Front")
    added = placed(others, here, Placing())
    assert [each.url for each in added] == ["/a.jpg", "/b.jpg", here.url]
    assert added[2].alt == "Front"
    told = placed(added, here, Placing(alt="", role="main", position=1))
    assert [(each.url, each.role) for each in told] == [
        ("/a.jpg", "gallery"),
        (here.url, "main"),
        ("/b.jpg", "gallery"),
    ]
    assert told[1].alt == ""
    assert placed(told, here, Placing()) == told
    assert without(told, here.id) == [medium("image", "/a.jpg"), medium("image", "/b.jpg")]


def test_an_address_names_its_asset_wherever_it_is_served() -> None:
    assert asset_in(f"/media/{ID}/160.jpg") == ID
    assert asset_in(f"https://cdn.example/shop/media/{ID}/160.jpg?x=1") == ID
    assert asset_in("/media/rye.jpg") is None


def test_keys_lead_to_assets_and_nothing_else_does() -> None:
    assert id_in_key(key_of(ID, "160.webp")) == (ID, "160.webp")
    for other in ("notes.txt", f"ab/{ID}", f"ab/{ID}/a/b", f"ab/{ID.upper()}/x"):
        assert id_in_key(other) is None


def test_the_original_of_a_picture_is_not_for_everybody() -> None:
    here, film = asset(), asset(kind="video")
    assert public_file(here, "jpg", "160.jpg") is not None
    assert public_file(here, "jpg", "original.jpg") is None
    assert public_file(film, "mp4", "original.mp4") is not None
    assert public_file(film, "mp4", "../original.mp4") is None


@pytest.mark.parametrize(
    ("filename", "told"),
    [
        (None, "filename=\"original.jpg\"; filename*=UTF-8''original.jpg"),
        ("front.png", "filename=\"front.jpg\"; filename*=UTF-8''front.jpg"),
        ("Flaşche.jpeg", "filename=\"Fla_che.jpg\"; filename*=UTF-8''Fla%C5%9Fche.jpg"),
        ('a"; x=".html', "filename=\"a__ x=_.jpg\"; filename*=UTF-8''a%22%3B%20x%3D%22.jpg"),
    ],
)
def test_a_file_is_saved_under_its_name_and_as_what_it_is(filename: str | None, told: str) -> None:
    served = original_of(asset(), "jpg")
    assert disposition(served, filename, attached=True) == f"attachment; {told}"


@pytest.mark.parametrize(
    ("asked", "part"),
    [
        ("", None),
        ("bytes=0-", (0, 1000)),
        ("bytes=10-19", (10, 20)),
        ("bytes=990-5000", (990, 1000)),
        ("bytes=-10", (990, 1000)),
        ("bytes=-5000", (0, 1000)),
        ("bytes=20-10", None),
        ("bytes=0-1,5-6", None),
        ("bytes=-", None),
        ("lines=1-2", None),
    ],
)
def test_a_part_is_what_the_range_says(asked: str, part: tuple[int, int] | None) -> None:
    assert part_asked_for({"range": asked}, size=1000, tag=TAG) == part


def test_a_part_beyond_the_end_is_not_there() -> None:
    for asked in ("bytes=1000-", "bytes=1000-1001", "bytes=-0"):
        with pytest.raises(NoSuchPart):
            part_asked_for({"range": asked}, size=1000, tag=TAG)


def test_a_part_of_another_version_is_the_whole_file() -> None:
    asked = {"range": "bytes=0-9", "if-range": '"other"'}
    assert part_asked_for(asked, size=1000, tag=TAG) is None
    assert part_asked_for({**asked, "if-range": TAG}, size=1000, tag=TAG) == (0, 10)


def test_whoever_has_a_file_is_not_sent_it_again() -> None:
    assert has_it_already({"if-none-match": '"x", W/"abc"'}, tag=TAG)
    assert has_it_already({"if-none-match": "*"}, tag=TAG)
    assert not has_it_already({"if-none-match": '"x"'}, tag=TAG)
    assert not has_it_already({}, tag=TAG)
