"""What kind of file something is: decided by its content, its name helps only where that is mute.

Sources of the signatures: the specification of each format; https://mimesniff.spec.whatwg.org
for the images of web pages.
"""

import re
from pathlib import Path
from typing import BinaryIO

HEAD = 1024  # bytes; an SVG may begin with comments, every other kind is known after 132
# each kind that is read, and Pillow's name of its reader
READERS = {
    "PNG": "PNG",
    "JPEG": "JPEG",
    "TIFF": "TIFF",
    "BMP": "BMP",
    "WebP": "WEBP",
    "GIF": "GIF",
    "PGM/PPM": "PPM",
    "TGA": "TGA",
    "JPEG 2000": "JPEG2000",
    "AVIF": "AVIF",
    "HEIC": "HEIF",  # by a plug-in that a person may install
}
_SIGNATURES = tuple(
    (kind, re.compile(pattern, re.DOTALL))
    for kind, pattern in (
        ("PNG", rb"\x89PNG\r\n\x1a\n"),
        ("JPEG", rb"\xff\xd8\xff"),
        ("GIF", rb"GIF8[79]a"),
        ("TIFF", rb"II[*+]\0|MM\0[*+]"),
        ("WebP", rb"RIFF....WEBP"),
        ("BMP", rb"BM.{12}[\x0c\x28\x34\x38\x40\x6c\x7c]\0\0\0"),
        ("PGM/PPM", rb"P[1-6]\s+[#\d]"),
        ("JPEG 2000", rb"\0\0\0\x0cjP  \r\n\x87\n|\xff\x4f\xff\x51"),
        ("AVIF", rb"....ftyp(?:avi[fs]|m[is]f1.{4}(?:.{4}){0,8}?avi[fs])"),
        ("HEIC", rb"....ftyp(?:hei[cxms]|hev[cxms]|m[is]f1)"),
        ("JPEG XL", rb"\xff\x0a|\0\0\0\x0cJXL \r\n\x87\n"),
        ("PFM", rb"P[Ff]4?\s+\d"),
        ("PAM", rb"P7\s+[#A-Z]"),
        ("Photoshop", rb"8BPS"),
        ("GIMP", rb"gimp xcf"),
        ("ICO", rb"\0\0[\x01\x02]\0[\x01-\xff]\0"),
        ("PCX", rb"\n[\0-\x05]\x01[\x01\x02\x04\x08]"),
        ("QOI", rb"qoif"),
        ("DDS", rb"DDS \x7c"),
        ("OpenEXR", rb"v/1\x01"),
        ("FITS", rb"SIMPLE  ="),
        ("DjVu", rb"AT&TFORM"),
        ("DICOM", rb".{128}DICM"),
        ("SVG", rb"(?:\xef\xbb\xbf)?\s*(?=<(?:\?xml|!--|!DOCTYPE svg|svg)).*<svg[\s>]"),
        ("PDF", rb"\s*%PDF-"),
        ("PostScript", rb"%!PS"),
        ("video", rb"....ftyp|RIFF....AVI |\x1a\x45\xdf\xa3"),
        ("NPY", rb"\x93NUMPY"),
        ("IDX", rb"\0\0[\x08\x09\x0b-\x0e][\x01-\x08]"),
        ("HDF5", rb"\x89HDF\r\n\x1a\n"),
        ("MATLAB", rb"MATLAB 5\.0 MAT"),
        ("Parquet", rb"PAR1"),
        ("gzip", rb"\x1f\x8b\x08"),
        ("zip", rb"PK[\x03\x05][\x04\x06]"),
        ("bzip2", rb"BZh[1-9]1AY"),
        ("xz", rb"\xfd7zXZ\0"),
        ("7-Zip", rb"7z\xbc\xaf\x27\x1c"),
        ("RAR", rb"Rar!\x1a\x07"),
        ("Office", rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"),
        ("tar", rb".{257}ustar"),
    )
)
_IMAGE_SUFFIXES = (
    "png apng jpg jpeg jpe jfif jif tif tiff bmp dib webp gif pgm ppm pbm pnm tga icb vda vst jp2 "
    "j2k jpf jpx jpc j2c avif avifs heic heif hif jxl pfm pam psd xcf ico cur pcx qoi dds exr fits "
    "fit djvu dcm sgi ras xbm xpm svg svgz eps ps pdf emf wmf"
)
_OTHER_SUFFIXES = (
    "npy npz mat h5 hdf5 parquet arff pkl pickle joblib pt zip tar tgz gz bz2 xz 7z rar "
    "xls xlsx ods numbers doc docx odt ppt pptx mp4 mov avi mkv webm"
)
# cameras write these as TIFF or in boxes of their own; what Pillow finds in them is a thumbnail
_RAW_SUFFIXES = "dng nef nrw cr2 cr3 crw arw srf sr2 orf rw2 raf pef srw 3fr"
_TGA_SUFFIXES = "tga icb vda vst"
# a file with one of these was meant to be read, even if its content is of no known kind
MEANT_SUFFIXES = frozenset(f"{_IMAGE_SUFFIXES} {_RAW_SUFFIXES} {_OTHER_SUFFIXES}".split())
_TGA_HEADER = re.compile(rb".[\0\1][\1-\3\x09-\x0b].{13}[\x01\x08\x0f\x10\x18\x20]", re.DOTALL)
_TGA_FOOTER = b"TRUEVISION-XFILE.\0"


def kind_of(file: BinaryIO, name: str) -> str | None:
    """Return the kind of an open file, one of `READERS` if it can be read.

    Parameters
    ----------
    file : binary file, at any place
    name : str
        Its name; used where content says too little: TGA, raw photographs, office files.

    Returns
    -------
    kind : str or None
        None if the content is of no kind known here, such as text.
    """
    suffix = suffix_of(name)
    if suffix in _RAW_SUFFIXES.split():
        return "raw photograph"
    file.seek(0)
    head = file.read(HEAD)
    found = next((kind for kind, signature in _SIGNATURES if signature.match(head)), None)
    if found == "zip" and suffix in _OTHER_SUFFIXES.split():  # NPZ, XLSX, DOCX and others
        return suffix.upper()
    if found is None and _TGA_HEADER.match(head):
        file.seek(-min(len(_TGA_FOOTER), file.seek(0, 2)), 2)
        if suffix in _TGA_SUFFIXES.split() or file.read() == _TGA_FOOTER:
            return "TGA"
    return found


def suffix_of(name: str) -> str:
    """Return what a file's name ends in, in small letters and without the dot."""
    return Path(name).suffix.lower().removeprefix(".")
