"""Zip and gzip files, opened with suspicion: one member, a sane name, a bounded size."""

from __future__ import annotations

import io
import stat
import zipfile
import zlib

from jts.adapters.bar_files.bar_file import RefusedFile

UNPACKED_BYTES_MAX = 1 << 30
RATIO_MAX = 200  # klines pack about 3 to 1, long runs of equal rows 60 to 1; a bomb is beyond 1000 to 1
_SMALL_BYTES = 1 << 20  # a ratio says nothing about a file this small


def unzip_one(data: bytes) -> tuple[str, bytes]:
    """(name, bytes) of the only file inside. Errors: RefusedFile for anything that smells."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        members = [member for member in archive.infolist() if not member.is_dir()]
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OverflowError) as error:
        raise RefusedFile(f"expected a readable zip file: {error}") from None
    if len(members) != 1:
        raise RefusedFile(
            f"expected a zip with one file inside, found {len(members)}: unpack it and import the files"
        )
    member = members[0]
    _check_name(member)
    if member.file_size > UNPACKED_BYTES_MAX:
        raise RefusedFile(f"{member.filename} unpacks to {member.file_size:,} bytes; {_LIMIT}")
    if member.file_size > _SMALL_BYTES and member.file_size > RATIO_MAX * max(member.compress_size, 1):
        raise RefusedFile(_bomb(member.filename))
    try:
        with archive.open(member) as packed:
            # One more than it promised: a size that lies is caught here.
            unpacked = packed.read(member.file_size + 1)
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, zlib.error, EOFError) as error:
        raise RefusedFile(f"{member.filename} cannot be unpacked: {error}") from None
    if len(unpacked) != member.file_size:
        raise RefusedFile(f"{member.filename} unpacks to another size than the zip promises")
    return member.filename, unpacked


def gunzip(data: bytes) -> bytes:
    """Errors: RefusedFile if it is damaged, too large, or packed beyond belief."""
    engine = zlib.decompressobj(wbits=31)
    most = min(UNPACKED_BYTES_MAX, max(RATIO_MAX * len(data), _SMALL_BYTES))
    try:
        unpacked = engine.decompress(data, most + 1)
    except zlib.error as error:
        raise RefusedFile(f"expected a readable gzip file: {error}") from None
    if len(unpacked) > most:
        raise RefusedFile(_bomb("the gzip file") if most < UNPACKED_BYTES_MAX else f"the gzip file: {_LIMIT}")
    if not engine.eof:
        raise RefusedFile("the gzip file ends in the middle: it is cut off")
    if engine.unused_data:
        raise RefusedFile("the gzip file has more behind its end: unpack it and import the file")
    return unpacked


_LIMIT = f"expected at most {UNPACKED_BYTES_MAX:,}: split it"


def _bomb(name: str) -> str:
    return (
        f"{name} is packed more than {RATIO_MAX} to 1, as prices never are; unpack it yourself if you "
        "trust it"
    )


def _check_name(member: zipfile.ZipInfo) -> None:
    name = member.filename
    if name.startswith(("/", "\\")) or ".." in name.replace("\\", "/").split("/") or ":" in name:
        raise RefusedFile(
            f"the zip holds {name[:80]!r}, a path that leads out of its folder; expected a plain name"
        )
    if stat.S_ISLNK(member.external_attr >> 16):
        raise RefusedFile(f"the zip holds a symbolic link ({name[:80]!r}); expected a file")
    if member.flag_bits & 0x1:
        raise RefusedFile(f"{name[:80]!r} in the zip is encrypted; unpack it first")
