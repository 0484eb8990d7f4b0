"""One reader for every image file: what it gives, and what it refuses before it decodes a pixel."""

import io
import os
import socket
import struct
import subprocess
import sys
import zlib

import numpy as np
import pytest
from PIL import Image, ImageFile

from engine.paths import ROOT
from tasks.data.files import labels_csv
from tasks.data.files.file_kinds import READERS, kind_of
from tasks.data.image_file import MOST_BYTES, MOST_PIXELS, read_image
from tasks.errors import DataError

SIZE = (20, 12)
PIXELS = np.zeros(SIZE, np.uint8)
PIXELS[3:15, 4:8] = 230
PIXELS[3, 2:10] = 120  # so that no turn gives the same picture
EXACT = {
    "png": {},
    "tif": {},
    "bmp": {},
    "webp": {"lossless": True},
    "gif": {},
    "pgm": {},
    "tga": {},
    "jp2": {},
    "j2k": {},
    "avif": {"quality": 100},
}
LOSSY = {each: {"quality": 95} for each in ("jpg", "jpeg", "jpe", "jfif")}
FORMATS = EXACT | LOSSY


def write(path, pixels=PIXELS, **options):
    options = FORMATS.get(path.suffix[1:], {}) | options
    Image.fromarray(pixels).save(path, **options)
    return path


def largest_error(found, wanted=PIXELS):
    assert (found.dtype, found.shape) == (np.uint8, wanted.shape)
    return int(np.abs(found.astype(int) - wanted).max())


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_is_read_as_it_was_written(name, tmp_path):
    found = read_image(write(tmp_path / f"a.{name}"), size=SIZE)
    assert largest_error(found) <= (16 if name in LOSSY else 0)


@pytest.mark.parametrize("ending", ["", ".png", ".JPG", ".txt", ".gif"])
@pytest.mark.parametrize("name", ["png", "tif", "bmp", "jp2", "pgm", "avif"])
def test_what_a_file_is_is_decided_by_its_content(name, ending, tmp_path):
    path = write(tmp_path / f"a.{name}").rename(tmp_path / f"scan{ending}")
    assert largest_error(read_image(path)) == 0


T = Image.Transpose
# by how much an upright picture is turned when its file says this orientation (EXIF 2.32, 4.6.4)
STORED = {
    1: None,
    2: T.FLIP_LEFT_RIGHT,
    3: T.ROTATE_180,
    4: T.FLIP_TOP_BOTTOM,
    5: T.TRANSPOSE,
    6: T.ROTATE_90,
    7: T.TRANSVERSE,
    8: T.ROTATE_270,
}


@pytest.mark.parametrize("orientation", STORED)
@pytest.mark.parametrize("name", ["png", "tif", "webp", "avif", "jpg"])
def test_an_image_is_turned_as_its_file_says(name, orientation, tmp_path):
    exif = Image.Exif()
    exif[0x0112] = orientation
    turn = STORED[orientation]
    stored = Image.fromarray(PIXELS) if turn is None else Image.fromarray(PIXELS).transpose(turn)
    path = write(tmp_path / f"a.{name}", np.asarray(stored), exif=exif)
    assert largest_error(read_image(path, size=SIZE)) <= (16 if name == "jpg" else 0)


SIXTEEN = np.linspace(0, 65535, 240).astype(np.uint16).reshape(SIZE)


@pytest.mark.parametrize(
    ("name", "options", "wanted"),
    [
        ("a.png", {}, SIXTEEN / 257),
        ("a.tif", {}, SIXTEEN / 257),
        ("a.tif", {"compression": "tiff_lzw"}, SIXTEEN / 257),
        ("a.pgm", {}, SIXTEEN / 257),
        ("a.jp2", {}, SIXTEEN / 257),
        ("a.tif", {"tiffinfo": {262: 0}}, 255 - SIXTEEN / 257),  # the file says: white is zero
    ],
)
def test_16_bits_are_scaled_to_8(name, options, wanted, tmp_path):
    found = read_image(write(tmp_path / name, SIXTEEN, **options))
    assert np.abs(found - wanted).max() <= 0.5


@pytest.mark.parametrize("highest", [100, 255, 1000, 65535])
def test_the_highest_value_of_a_pgm_is_white(highest, tmp_path):
    path = tmp_path / "a.pgm"
    size = "B" if highest < 256 else "H"
    path.write_bytes(b"P5\n# a note\n2 1\n%d\n" % highest + struct.pack(f">2{size}", 0, highest))
    assert read_image(path).tolist() == [[0, 255]]


@pytest.mark.parametrize("mode", ["1", "P", "RGB", "RGBA", "LA", "CMYK", "LAB", "YCbCr"])
def test_pictures_of_every_mode_become_grey(mode, tmp_path):
    grey = Image.fromarray(np.where(PIXELS > 0, 255, 0).astype(np.uint8))
    neutral = Image.new("L", grey.size, 128)
    saved = Image.merge("LAB", [grey, neutral, neutral]) if mode == "LAB" else grey.convert(mode)
    saved.save(tmp_path / ("a.tif" if mode in {"CMYK", "LAB", "YCbCr"} else "a.png"))
    assert largest_error(read_image(next(tmp_path.iterdir())), np.asarray(grey)) <= 1


def test_colours_become_their_luma(tmp_path):
    """ITU-R BT.601: 0.299 red + 0.587 green + 0.114 blue."""
    Image.fromarray(np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255]]], np.uint8)).save(
        tmp_path / "a.png"
    )
    assert read_image(tmp_path / "a.png").tolist() == [[76, 150, 29]]


def with_alpha(grey, alpha):
    return Image.merge("LA", [Image.fromarray(np.broadcast_to(grey, SIZE).astype(np.uint8)), alpha])


INK = np.where(PIXELS > 0, 255, 0).astype(np.uint8)
TRANSPARENT = {
    "dark ink is meant for white paper": (0, INK, 255 - INK),
    "light ink is meant for a black board": (255, INK, INK),
    "half transparent ink lets half of the paper through": (0, INK // 2, 255 - INK // 2),
    "a paper with a hole brings its own ground": (
        np.where(PIXELS > 0, 20, 240),
        np.pad(np.full((18, 10), 255, np.uint8), 1),
        np.where(PIXELS > 0, 20, 240),
    ),
    "nothing is seen": (0, np.zeros(SIZE, np.uint8), np.full(SIZE, 255)),
}


@pytest.mark.parametrize("kind", TRANSPARENT)
@pytest.mark.parametrize("name", ["png", "webp", "tif"])
def test_a_transparent_picture_lies_on_the_ground_it_is_meant_for(kind, name, tmp_path):
    grey, alpha, wanted = TRANSPARENT[kind]
    exact = {"exact": True} if name == "webp" else {}
    path = tmp_path / f"a.{name}"
    with_alpha(grey, Image.fromarray(alpha)).save(path, **FORMATS[name], **exact)
    assert largest_error(read_image(path), wanted) <= 1


@pytest.mark.parametrize(
    ("name", "mode", "key"),
    [
        ("a.png", "L", 0),
        ("a.png", "RGB", (0, 0, 0)),
        ("a.gif", "P", 0),
        ("a.png", "I;16", 0),
    ],
)
def test_one_colour_that_is_called_transparent_is_laid_on_the_ground_too(name, mode, key, tmp_path):
    pixels = np.where(PIXELS > 0, 10, 0).astype(np.uint8)  # black on black, but for that key
    stored = Image.fromarray(pixels.astype(np.uint16) * 257) if mode == "I;16" else None
    (stored or Image.fromarray(pixels).convert(mode)).save(tmp_path / name, transparency=key)
    assert largest_error(read_image(tmp_path / name), np.where(PIXELS > 0, 10, 255)) == 0


@pytest.mark.parametrize("name", ["png", "tif", "webp", "gif", "avif"])
def test_several_frames_are_refused_unless_the_first_is_asked_for(name, tmp_path):
    path = tmp_path / f"a.{name}"
    write(path, save_all=True, append_images=[Image.fromarray(255 - PIXELS)])
    with pytest.raises(DataError, match=rf"a\.{name}: found 2 frames, an animation or several"):
        read_image(path)
    assert largest_error(read_image(path, is_any=True)) == 0


def test_of_a_cameras_jpeg_with_previews_the_picture_itself_is_read(tmp_path):
    other = Image.fromarray(255 - PIXELS)
    Image.fromarray(PIXELS).save(
        tmp_path / "a.jpg", "MPO", save_all=True, append_images=[other], quality=95
    )
    assert largest_error(read_image(tmp_path / "a.jpg")) <= 16


@pytest.mark.parametrize("part", [0, 1, 0.2, 0.5, 0.75, 0.95])
@pytest.mark.parametrize("name", FORMATS)
def test_a_file_cut_short_is_one_plain_error_with_its_name(name, part, tmp_path, capfd):
    noise = np.random.default_rng(0).integers(0, 256, (40, 40), np.uint8)
    path = write(tmp_path / f"a.{name}", noise)
    content = path.read_bytes()
    path.write_bytes(content[: int(part * len(content)) if part != 1 else 1])
    with pytest.raises(DataError, match=rf"a\.{name}: it (is|would).*(again|elsewhere)\."):
        read_image(path)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("compression", ["tiff_lzw", "tiff_deflate", "packbits", "group4", "jpeg"])
def test_what_libtiff_says_of_a_damaged_file_does_not_reach_the_terminal(
    compression, tmp_path, capfd
):
    noise = np.random.default_rng(0).integers(0, 256, (200, 200), np.uint8)
    path = tmp_path / "a.tif"
    image = Image.fromarray(noise).convert("1" if compression == "group4" else "L")
    image.save(path, compression=compression)
    content = bytearray(path.read_bytes())
    content[40:-300:7] = b"\xff" * len(content[40:-300:7])
    path.write_bytes(content)
    try:
        read_image(path)  # not every compression notices damage
    except DataError as error:
        assert "a.tif: it is not a whole TIFF file" in str(error)  # noqa: PT017 - it need not come
    os.write(2, b"still here")
    assert capfd.readouterr() == ("", "still here")


def chunk(name, content):
    body = name + content
    return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))


def png(width, height, *, bits=8, pixels=b""):
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, 0, 0, 0, 0))
    body = chunk(b"IDAT", pixels) if pixels else b""
    return b"\x89PNG\r\n\x1a\n" + head + body + chunk(b"IEND", b"")


def as_tiff(mode):
    file = io.BytesIO()
    Image.new(mode, (5, 5)).save(file, "TIFF")
    return file.getvalue()


HEADERS = {
    "a PNG bomb": (png(30_000, 30_000, pixels=zlib.compress(bytes(9))), "found 30,000 x 30,000"),
    "a bomb of 1 bit": (png(30_000, 30_000, bits=1, pixels=b"x"), "found 30,000 x 30,000 pixels"),
    "a PNG without pixels": (png(8, 8), "not a whole PNG file .it holds no pixels"),
    "a PNG without size": (png(0, 8, pixels=b"x"), "not a whole PNG file"),
    "a PNG that lost its end": (png(1, 1, pixels=zlib.compress(b"\0\0"))[:-4], "end is missing"),
    "a PGM bomb": (b"P5 90000 90000 255\n\0", "found 90,000 x 90,000 pixels"),
    "a BMP bomb": (
        b"BM"
        + struct.pack("<IIIIiiHHIIIIII", 99, 0, 54, 40, 60_000, 60_000, 1, 24, 0, 0, 0, 0, 0, 0),
        "found 60,000 x 60,000 pixels",
    ),
    "a GIF bomb": (
        b"GIF89a\xff\xff\xff\xff\0\0\0,\0\0\0\0\xff\xff\xff\xff\0\x02\0;",
        "65,535 x 65",
    ),
    "zero bytes": (b"", r"it is empty \(0 bytes\)"),
    "only zeros": (bytes(40), "of no kind known by its content"),
    "a text": (b"written on a Tuesday", "of no kind known by its content"),
    "random bytes": (np.random.default_rng(1).bytes(999), "of no kind known by its content"),
    "32-bit numbers": (as_tiff("F"), "32-bit numbers, whose range"),
    "whole 32-bit numbers": (as_tiff("I"), "32-bit numbers, whose range"),
}


@pytest.mark.parametrize("kind", HEADERS)
def test_a_file_is_refused_by_its_header_before_a_pixel_is_decoded(kind, tmp_path, monkeypatch):
    content, said = HEADERS[kind]
    (tmp_path / "a.png").write_bytes(content)
    if "32-bit" not in kind:
        monkeypatch.setattr(ImageFile.ImageFile, "load", pytest.fail)
    with pytest.raises(DataError, match=rf"a\.png: .*{said}"):
        read_image(tmp_path / "a.png")


def test_a_size_that_was_not_asked_for_is_said_before_the_limit(tmp_path):
    (tmp_path / "a.png").write_bytes(png(20_000, 20_000, bits=1, pixels=b"x"))
    with pytest.raises(DataError, match=r"found 20000 x 20000 pixels; the training images are 8 x"):
        read_image(tmp_path / "a.png", size=(8, 8))


def test_a_file_larger_than_the_limit_is_not_opened(tmp_path):
    with (tmp_path / "a.png").open("wb") as file:
        file.write(png(8, 8))
        file.truncate(MOST_BYTES + 1)
    with pytest.raises(DataError, match=r"a.png; it has 100,000,001 bytes, at most 100,000,000"):
        read_image(tmp_path / "a.png")


def test_the_limit_of_pixels_is_the_largest_that_is_read(tmp_path):
    write(tmp_path / "a.png", np.zeros((1, MOST_PIXELS), np.uint8))
    assert read_image(tmp_path / "a.png").shape == (1, MOST_PIXELS)


def a_pipe(path):
    os.mkfifo(path)


def a_socket(path):
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(os.path.relpath(path))  # the whole path may be too long for a socket


SPECIAL = {
    "a named pipe": (a_pipe, "a named pipe"),
    "a socket": (a_socket, "a socket"),
    "a folder": (os.mkdir, "a folder"),
    "a link to a device": (lambda path: path.symlink_to("/dev/zero"), "a link to a device"),
    "a link to a pipe": (
        lambda path: (a_pipe(path.with_name("pipe")), path.symlink_to("pipe")),
        "a link to a named pipe",
    ),
    "a link to nothing": (lambda path: path.symlink_to("nowhere"), "a link to something that"),
    "a link to itself": (lambda path: path.symlink_to("a.png"), "a link to something that"),
    "nothing": (lambda _: None, "No such file"),
}


@pytest.mark.parametrize("kind", SPECIAL)
@pytest.mark.timeout(10)  # opening a pipe would wait for ever
def test_what_is_no_regular_file_is_refused_before_it_is_opened(kind, tmp_path, monkeypatch):
    make, said = SPECIAL[kind]
    monkeypatch.chdir(tmp_path)
    make(tmp_path / "a.png")
    with pytest.raises(DataError, match=rf"a\.png; it .*{said}"):
        read_image(tmp_path / "a.png")


def test_a_link_to_an_image_is_read(tmp_path):
    write(tmp_path / "b.png")
    (tmp_path / "a.png").symlink_to("b.png")
    assert largest_error(read_image(tmp_path / "a.png")) == 0


NOT_READ = {
    "PDF": b"%PDF-1.7\n",
    "SVG": b'<?xml version="1.0"?>\n<!-- drawn -->\n<svg xmlns="http://www.w3.org/2000/svg"/>',
    "NPY": b"\x93NUMPY\1\0",
    "zip": b"PK\3\4" + bytes(30),
    "JPEG XL": b"\xff\x0a\0",
    "Photoshop": b"8BPS\0\1",
    "ICO": b"\0\0\1\0\1\0",
    "IDX": b"\0\0\x08\x03\0\0\0\1",
    "gzip": b"\x1f\x8b\x08\0",
    "DICOM": bytes(128) + b"DICM",
    "video": b"\0\0\0\x18ftypmp42",
    "HDF5": b"\x89HDF\r\n\x1a\n",
    "PAM": b"P7\nWIDTH 1\n",
    "PFM": b"Pf\n1 1\n-1\n",
}


@pytest.mark.parametrize("kind", NOT_READ)
def test_other_kinds_are_refused_by_name(kind, tmp_path):
    (tmp_path / "a.png").write_bytes(NOT_READ[kind])
    with pytest.raises(
        DataError, match=rf"a\.png: it would not be read, it is of the kind {kind}\. Save it"
    ):
        read_image(tmp_path / "a.png")


@pytest.mark.parametrize("name", ["a.dng", "a.NEF", "a.cr2"])
def test_the_thumbnail_in_a_raw_photograph_is_not_taken_for_the_picture(name, tmp_path):
    write(tmp_path / "a.tif").rename(tmp_path / name)
    with pytest.raises(DataError, match="it is of the kind raw photograph"):
        read_image(tmp_path / name)


@pytest.mark.parametrize(
    ("brands", "kind"),
    [
        (b"heic\0\0\0\0mif1heic", "HEIC"),
        (b"mif1\0\0\0\0mif1heic", "HEIC"),
        (b"avif\0\0\0\0avifmif1", "AVIF"),
        (b"mif1\0\0\0\0mif1miafavif", "AVIF"),
    ],
)
def test_heic_and_avif_are_told_apart_by_their_brands(brands, kind):
    assert kind_of(io.BytesIO(b"\0\0\0\x1cftyp" + brands), "a.jpg") == kind


def test_heic_without_its_plug_in_is_said_so(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    (tmp_path / "a.jpg").write_bytes(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic")
    with pytest.raises(
        DataError, match=r"it is of the kind HEIC, which needs the package pillow-heif \(pip"
    ):
        read_image(tmp_path / "a.jpg")


@pytest.mark.parametrize(
    "text", ["Points: P5 and P6", "BM", "BMI of 22", "II", "GIF", "<p>svg</p>"]
)
def test_a_note_is_not_taken_for_an_image(text):
    assert kind_of(io.BytesIO(text.encode()), "notes.txt") is None


def test_a_tga_is_known_by_its_header_or_its_footer(tmp_path):
    content = write(tmp_path / "a.tga").read_bytes()
    assert kind_of(io.BytesIO(content), "a") == "TGA"
    assert kind_of(io.BytesIO(content[:-26]), "a.tga") == "TGA"
    assert kind_of(io.BytesIO(content[:-26]), "a") is None


def test_every_reader_is_one_of_pillow():
    Image.init()
    assert set(READERS.values()) - {"HEIF"} <= set(Image.OPEN)


def test_no_warning_of_pillow_reaches_the_terminal(tmp_path):
    whole = png(1, 1, pixels=zlib.compress(b"\0\7"))
    # it says that it is animated, and has no frame
    (tmp_path / "a.png").write_bytes(whole[:33] + chunk(b"acTL", bytes(8)) + whole[33:])
    with pytest.warns(UserWarning, match="APNG"), Image.open(tmp_path / "a.png"):
        pass  # Pillow by itself does warn
    code = (
        "import sys; from pathlib import Path; from tasks.data.image_file import read_image\n"
        "print([read_image(Path(each)).shape for each in sys.argv[1:]])"
    )
    done = subprocess.run(
        [sys.executable, "-W", "always", "-c", code, tmp_path / "a.png"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert (done.stdout, done.stderr) == ("[(1, 1)]\n", "")


def test_the_documentation_states_the_limits_that_hold():
    text = (ROOT / "docs" / "failures.md").read_text(encoding="utf-8")
    limits = (MOST_BYTES, MOST_PIXELS, labels_csv.MOST_BYTES)
    assert [each for each in limits if f"{each:,}" not in text] == []
