"""How much of other people's files is read, unpacked and followed: every limit, with its reason.

All limits count bytes, entries or levels and none counts seconds: the same file is then read or
refused on every machine, and the work, so the time, is bounded by what is counted.
"""

from __future__ import annotations

from components.errors import UserError

MIB = 1 << 20

#: Bytes that are read, copied or decompressed at once: memory stays at a few of these.
BLOCK = MIB

#: A compressed file may always unpack to so many bytes: a small file that compresses well (labels
#: that are all alike, black pictures) is no attack, and this much is unpacked in a few seconds.
FREE_UNPACKED = 256 * MIB
#: Beyond that, it may unpack to so many times its size. Pictures compress 1 to 5 times, text 10
#: times; gzip reaches 1,032 times, and only with content that repeats itself.
RATIO = 200

#: Entries of an archive with those of archives in it; each costs memory before it can be looked at
#: (about 0.5 KB). ImageNet's 1,281,167 pictures come in archives of up to 1,300.
ARCHIVE_ENTRIES = 300_000
#: Bytes of a zip file's directory: 300,000 entries with names of 60 bytes.
ARCHIVE_DIRECTORY = 32 * MIB
#: Bytes of a tar header's extension, which holds a long name, twice with the link's.
ARCHIVE_HEADER = 64 * 1024
#: Entries in a tar file's global header, which are copied for each file; Git writes one.
ARCHIVE_GLOBALS = 100
#: Folders inside each other. People's data have at most 6; a path of 4,096 bytes would hold 2,000.
FOLDER_DEPTH = 32
#: Bytes of a name, and of a path inside of an archive: what Linux and macOS can write, with room
#: for the folder that it is unpacked into.
NAME_BYTES, PATH_BYTES = 255, 2048

#: Dimensions of an IDX array: items, rows, columns, channels.
IDX_RANK = 4
#: Bytes of one item of an IDX array: a picture of 4,000×4,000 colour pixels has 46 MiB.
IDX_ITEM = 64 * MIB
#: Items of an IDX file. Their numbers are drawn from in memory (8 bytes each); the largest set of
#: this format, EMNIST, has 814,255.
IDX_ITEMS = 20_000_000

#: Bytes of a pickle, which is read in one piece: CIFAR-10's have 31 MB, CIFAR-100's 155 MB.
PICKLE_BYTES = 512 * MIB
#: Values in what a pickle holds, each counted as often as it is referred to, and a third of its
#: opcodes, of which 400,000 take a second. CIFAR-100's largest has 150,000 values, 200,000 opcodes.
PICKLE_VALUES = 250_000
#: Lists, tuples and dictionaries inside each other: CIFAR's have 2.
PICKLE_DEPTH = 16

#: Bytes of a YAML file, of which a second reads 25,000 at worst: the names of ImageNet's 1,000
#: classes have 15 KB.
YAML_BYTES = 48 * 1024
#: Values in it, each counted as often as an alias stands for it, and levels of nesting.
YAML_VALUES, YAML_DEPTH = 20_000, 32

#: Characters of a value from a file that a message shows.
SHOWN = 60


def unpacked_limit(packed: int) -> int:
    """To how many bytes a compressed file of `packed` bytes may unpack."""
    return max(FREE_UNPACKED, RATIO * packed)


def check_unpacked(path: object, packed: int, unpacked: int) -> None:
    """Refuses a compressed file that unpacks to far more than data do.

    Args:
      path: of the file, for the text.
      packed: its size in bytes.
      unpacked: the bytes it holds, as it says itself or as counted so far.

    Raises:
      UserError: they are too many.
    """
    if unpacked > unpacked_limit(packed):
        raise UserError(
            f"{path} is refused: {packed:,} bytes would unpack to {unpacked:,} or more, over "
            f"{RATIO} times as many. If you trust it, unpack it yourself and give the folder"
        )


def shown(value: object) -> str:
    """A value from a file for a message: text and numbers, cut short; of all else the type."""
    if value is None or isinstance(value, bool | float):
        return repr(value)
    if isinstance(value, str | bytes):
        return repr(value[:SHOWN])
    if isinstance(value, int):
        return str(value) if value.bit_length() <= 64 else "a huge number"
    return f"a {type(value).__name__}"
