"""Pictures are looked at and derived: upright, in colors of screens, and saying nothing more."""

import io
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from made_files import picture, png_of_size
from PIL import Image, ImageCms

from rackhouse.media.errors import MediaDamaged, MediaMoves, TooManyPixels
from rackhouse.media.pictures import Look, look_at
from rackhouse.media.rules.sniffing import sniffed

LIMIT_PIXELS = 4_000_000
SECRET = b"53.3498 N 6.2603 W"


def look(octets: bytes, folder: Path) -> Look:
    path = folder / "upload"
    path.write_bytes(octets)
    return look_at(path, sniffed(octets), folder, limit_pixels=LIMIT_PIXELS)


def names(found: Look) -> list[str]:
    return [each.path.name for each in found.derived]


def taken_somewhere(form: str, **options: object) -> bytes:
    """A picture that says in every way it can where it was taken, and to be turned."""
    exif = Image.Exif()
    exif[0x0112] = 6  # lies on its right side
    exif[0x010E] = SECRET.decode()
    exif[0x8825] = {1: "N", 2: (53.0, 20.0, 59.28), 3: "W", 4: (6.0, 15.0, 36.9)}
    made = Image.new("RGB", (600, 300), "red")
    made.paste("blue", (0, 0, 300, 300))
    written = io.BytesIO()
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    made.save(written, form, exif=exif, icc_profile=profile, **options)
    return written.getvalue()


def test_sizes_are_derived_as_webp_and_as_what_every_program_reads(tmp_path: Path) -> None:
    found = look(picture(1000, 500), tmp_path)
    assert (found.width, found.height) == (1000, 500)
    assert names(found) == [
        f"{width}.{extension}" for width in (160, 480, 960, 1000) for extension in ("webp", "jpg")
    ]
    for each in found.derived:
        with Image.open(each.path) as opened:
            assert opened.get_format_mimetype() == each.media_type
            assert opened.size == (each.width, each.height) == (each.width, each.width // 2)


@pytest.mark.parametrize(
    ("octets", "wanted"),
    [
        (picture(100, 80), ["100.webp", "100.jpg"]),
        (picture(1, 1, "PNG"), ["1.webp", "1.jpg"]),
        (picture(200, 100, "PNG", mode="RGBA"), ["160.webp", "160.png", "200.webp", "200.png"]),
        (picture(120, 90, "PNG", mode="P"), ["120.webp", "120.jpg"]),
        (picture(120, 90, "PNG", mode="P", transparency=0), ["120.webp", "120.png"]),
        (picture(120, 90, "PNG", mode="1"), ["120.webp", "120.jpg"]),
        (picture(120, 90, "JPEG", mode="CMYK"), ["120.webp", "120.jpg"]),
        (picture(120, 90, "JPEG", mode="L"), ["120.webp", "120.jpg"]),
        (picture(120, 90, "GIF"), ["120.webp", "120.jpg"]),
        (picture(120, 90, "WEBP", mode="RGBA"), ["120.webp", "120.png"]),
        (picture(120, 90, "AVIF"), ["120.webp", "120.jpg"]),
        (picture(20, 20_000, "PNG"), ["16.webp", "16.jpg"]),
    ],
)
def test_every_sort_of_picture_is_derived(octets: bytes, wanted: list[str], tmp_path: Path) -> None:
    assert names(look(octets, tmp_path)) == wanted


@pytest.mark.parametrize(
    ("form", "options"),
    [("JPEG", {"comment": SECRET}), ("WEBP", {"xmp": SECRET}), ("PNG", {})],
)
def test_derived_sizes_are_upright_and_say_nothing_of_where_they_were_taken(
    form: str, options: dict[str, object], tmp_path: Path
) -> None:
    octets = taken_somewhere(form, **options)
    assert SECRET in octets
    found = look(octets, tmp_path)
    assert (found.width, found.height) == (300, 600)
    for each in found.derived:
        assert SECRET not in each.path.read_bytes()
        with Image.open(each.path) as opened:
            assert not opened.getexif()
            assert not {"exif", "icc_profile", "xmp", "comment", "XML:com.adobe.xmp"} & {
                *opened.info
            }
            red, _, blue = opened.convert("RGB").getpixel((each.width // 2, 10))
            assert blue > 200 > 60 > red  # what lay at the left is at the top


def test_sixteen_bits_of_gray_keep_their_brightness(tmp_path: Path) -> None:
    gray = Image.new("I;16", (20, 20), 0x8000)
    written = io.BytesIO()
    gray.save(written, "PNG")
    with Image.open(look(written.getvalue(), tmp_path).derived[1].path) as opened:
        assert abs(opened.convert("L").getpixel((9, 9)) - 128) < 3


@pytest.mark.parametrize(
    "octets",
    [
        png_of_size(2_001, 2_000),
        png_of_size(2**31 - 1, 2**31 - 1),
        picture(2_500, 2_000, "GIF"),
    ],
)
def test_a_bomb_is_refused_by_its_header(octets: bytes, tmp_path: Path) -> None:
    with pytest.raises(TooManyPixels) as refused:
        look(octets, tmp_path)
    assert refused.value.limit_pixels == LIMIT_PIXELS
    assert not list(tmp_path.glob("*.webp"))


@pytest.mark.parametrize("form", ["GIF", "WEBP", "PNG"])
def test_a_picture_that_moves_is_refused(form: str, tmp_path: Path) -> None:
    frames = [Image.new("RGB", (20, 20), color) for color in ("red", "blue")]
    written = io.BytesIO()
    frames[0].save(written, form, save_all=True, append_images=frames[1:])
    with pytest.raises(MediaMoves):
        look(written.getvalue(), tmp_path)


def test_a_camera_may_put_a_small_picture_beside_the_large_one(tmp_path: Path) -> None:
    large, small = Image.new("RGB", (300, 200), "red"), Image.new("RGB", (30, 20), "red")
    written = io.BytesIO()
    large.save(written, "MPO", save_all=True, append_images=[small])
    assert look(written.getvalue(), tmp_path).width == 300


def test_a_picture_that_is_cut_off_is_refused(tmp_path: Path) -> None:
    for form in ("JPEG", "PNG", "WEBP", "AVIF"):
        octets = picture(300, 200, form)
        with pytest.raises(MediaDamaged):
            look(octets[: len(octets) * 2 // 3], tmp_path)


def test_what_hides_behind_a_picture_is_not_in_what_is_derived(tmp_path: Path) -> None:
    hidden = b"<script>alert(document.domain)</script>"
    found = look(picture(form="PNG") + hidden, tmp_path)
    assert all(hidden not in each.path.read_bytes() for each in found.derived)


@given(seed=st.integers(0, 10_000), form=st.sampled_from(["JPEG", "PNG", "WEBP", "GIF"]))
def test_a_spoilt_picture_is_derived_or_refused(
    seed: int, form: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    chance = random.Random(seed)
    octets = bytearray(picture(64, 48, form))
    for _ in range(chance.randint(1, 6)):
        octets[chance.randrange(16, len(octets))] = chance.randrange(256)
    try:
        look(bytes(octets), tmp_path_factory.mktemp("spoilt"))
    except (MediaDamaged, MediaMoves, TooManyPixels) as refusal:
        assert str(refusal)
