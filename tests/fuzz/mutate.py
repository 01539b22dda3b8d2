"""Changes of bytes, and of the parts that a format consists of. All chance comes from `random`."""

from __future__ import annotations

import gzip
import io
import math
import pickle
import pickletools
import random
import stat
import struct
import tarfile
import warnings
import zipfile

import numpy as np

_NUMBERS = (0, 1, 2, 127, 128, 255, 256, 2**15, 2**16 - 1, 2**31 - 1, 2**31, 2**32 - 1)
#: Names that people's archives have, and that nobody's should.
NAMES = (
    *("a.jpg", "b/a.jpg", "./a.jpg", "b\\a.jpg", "A.JPG", "b", "b/", "b\\", "train.zip", "c/x.zip"),
    *("../a", "/etc/x", "b/../../a", "C:\\x", "\\\\host\\x", "a\0b", "", ".", "..", "/", "//"),
    *("._a", "__MACOSX/._a", "Käfer", "\ud800", "a\n\x1b[31m", "n" * 300, "/".join("d" * 200)),
)


def damage(content: bytes, draw: random.Random) -> bytes:
    """Flips, overwrites, cuts, repeats or inserts some bytes, up to eight times."""
    changed = bytearray(content)
    for _ in range(draw.choice((0, 1, 1, 1, 2, 3, 8))):
        if not changed:
            break
        at = draw.randrange(len(changed))
        length = draw.choice((1, 2, 4, 8, 64, 512))
        match draw.randrange(7):
            case 0:
                changed[at] ^= 1 << draw.randrange(8)
            case 1:
                changed[at] = draw.randrange(256)
            case 2:
                packed = struct.pack(draw.choice("<>") + "Q", draw.choice(_NUMBERS))
                size = draw.choice((1, 2, 4, 8))
                changed[at : at + size] = packed[:size] if draw.random() < 0.5 else packed[-size:]
            case 3:
                del changed[at : at + length]
            case 4:
                changed[at:at] = changed[at : at + length] * draw.choice((1, 2, 50))
            case 5:
                changed[at:at] = draw.randbytes(length)
            case 6:
                del changed[at:]
    return bytes(changed)


def zipped_or_not(content: bytes, draw: random.Random) -> bytes:
    """The same, sometimes compressed by gzip, and sometimes damaged after that."""
    if draw.random() < 0.6:
        return content
    packed = gzip.compress(content, 1, mtime=0)
    return damage(packed, draw) if draw.random() < 0.3 else packed


# ---- pickles

NAMES_OF_CLASSES = ["cat", "dog", "hen"]
_ARRAY = np.arange(2 * 3072, dtype=np.uint8).reshape(2, 3072)
_BATCH = {"data": _ARRAY, "labels": [1, 2], "filenames": ["a.png", "b.png"], "batch_label": "x"}
_META = {"label_names": NAMES_OF_CLASSES, "more": (1, 2.5, None, True, b"x", -(2**70))}
SOUND_BATCH, SOUND_META = pickle.dumps(_BATCH, 2), pickle.dumps(_META, 2)
_PICKLES = [
    pickle.dumps(value, protocol) for value in (_BATCH, _META) for protocol in (0, 1, 2, 3, 4, 5)
]


def _opcodes(content: bytes) -> list[bytes]:
    """A pickle's opcodes, each with its argument."""
    starts = [position or 0 for _, _, position in pickletools.genops(content)]
    return [content[a:b] for a, b in zip(starts, [*starts[1:], len(content)], strict=True)]


_SOUND = [_opcodes(content) for content in _PICKLES]
_PARTS = sorted({part for parts in _SOUND for part in parts if len(part) < 100})
_HOSTILE = [
    *(opcode.code.encode("latin-1") for opcode in pickletools.opcodes),
    *(b"\x85" * 5000, b"2\x86" * 60, b"q\x00h\x00\x86" * 60, b"q\x01(h\x01h\x01h\x01t" * 30),
    *(b"]" * 3000, b"(" * 3000, b"cposix\nsystem\n", b"cnumpy\nndarray\n", b"cnumpy\ndtype\n"),
    *(b"c_codecs\nencode\n", b"cnumpy.core.multiarray\n_reconstruct\n", b"}", b"s", b"R", b"b"),
    *(b"X\xff\xff\xff\x7f", b"\x8e" + b"\xff" * 8, b"T\xff\xff\xff\xff", b"r\xff\xff\xff\x7f"),
    *(b"(K\x02M\x00\x0ct", b"I" + b"9" * 5000 + b"\n", b"L" + b"9" * 4000 + b"L\n", b"F1e999\n"),
    *(b"h\x00", b"h\x01", b"K\x01"),
]


def hostile_pickle(draw: random.Random) -> bytes:
    """A pickle whose opcodes were left out, repeated, swapped or joined by others."""
    parts = list(draw.choice(_SOUND))
    for _ in range(draw.choice((1, 1, 2, 4, 16))):
        at = draw.randrange(len(parts) + 1)
        match draw.randrange(5):
            case 0:
                del parts[at : at + draw.choice((1, 1, 3))]
            case 1:
                parts[at:at] = parts[at : at + draw.choice((1, 5))] * draw.choice((1, 2, 200))
            case 2:
                parts.insert(at, draw.choice(_PARTS))
            case 3:
                parts.insert(at, draw.choice(_HOSTILE))
            case 4 if parts:
                parts[at - 1] = damage(parts[at - 1], draw)
    content = b"".join(parts)[:200_000]  # repeats of repeats
    return damage(content, draw) if draw.random() < 0.2 else content


# ---- IDX


def hostile_idx(draw: random.Random) -> bytes:
    """An IDX file with a header of its own, and often with as much content as that says."""
    if draw.random() < 0.4:  # three labels, or three pictures of 3×2
        sizes, code = draw.choice(([3], [3, 3, 2])), 8
    else:
        rank = draw.choice((0, 1, 1, 3, 3, 3, 4, 5, 200))
        odd = draw.random() < 0.5
        sizes = [draw.choice((0, 1, 2, 3, *_NUMBERS) if odd else (1, 2, 3)) for _ in range(rank)]
        code = draw.choice((8, 8, 8, 9, 11, 12, 13, 14, 0, 255))
    header = bytes([draw.choice((0,) * 9 + (1,)), 0, code, len(sizes)])
    count = {11: 2, 12: 4, 13: 4, 14: 8}.get(code, 1) * math.prod(sizes)
    content = draw.randbytes(max(0, min(count, 5000) + draw.choice((0, 0, 0, 0, 1, -1))))
    whole = header + struct.pack(f">{len(sizes)}I", *sizes) + content
    return zipped_or_not(damage(whole, draw) if draw.random() < 0.3 else whole, draw)


# ---- archives


def _content(draw: random.Random, depth: int) -> bytes:
    if depth and draw.random() < 0.1:
        return hostile_zip(draw, depth - 1)
    return draw.choice((b"", b"cat", bytes(5000), draw.randbytes(100)))


def hostile_zip(draw: random.Random, depth: int = 1) -> bytes:
    """A zip file of entries with odd names, kinds and compressions, some damaged after that."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of names that stand twice
        for _ in range(draw.choice((0, 1, 2, 3, 6))):
            info = zipfile.ZipInfo()
            name = draw.choice(NAMES)
            info.filename = info.orig_filename = name if name.isprintable() else f"x{len(name)}"
            mode = draw.choice((0, 0, 0, stat.S_IFREG, stat.S_IFDIR, stat.S_IFLNK, stat.S_IFIFO))
            info.external_attr = mode << 16
            info.compress_type = draw.choice((0, 8, 8, 12) * 8 + (14,))  # 14 takes long to begin
            info.create_system = draw.choice((0, 3))
            if draw.random() < 0.1:
                info.extra = draw.randbytes(draw.choice((1, 4, 12, 40)))
            file.writestr(info, _content(draw, depth))
    content = out.getvalue()
    if draw.random() < 0.2:
        content = content.replace("ä".encode(), b"\xe4" * draw.choice((1, 2)))
    return _in_headers(content, draw, (b"PK\x01\x02", b"PK\x03\x04", b"PK\x05\x06"), 46)


def hostile_tar(draw: random.Random) -> bytes:
    """A tar file of entries with odd names, kinds and sizes, sometimes compressed or damaged."""
    out = io.BytesIO()
    style = draw.choice((tarfile.GNU_FORMAT, tarfile.PAX_FORMAT))
    shared = {f"k{n}": "x" for n in range(200)} if draw.random() < 0.02 else {}
    encoding = draw.choice(("utf-8", "utf-8", "latin-1"))
    errors = "surrogatepass" if encoding == "utf-8" else "replace"
    with tarfile.open(
        fileobj=out, mode="w", format=style, encoding=encoding, errors=errors, pax_headers=shared
    ) as file:
        for _ in range(draw.choice((0, 1, 2, 3, 6))):
            info = tarfile.TarInfo(draw.choice(NAMES))
            info.type = draw.choice(b"0000000512346789ASLKxgXVM").to_bytes(1, "big")
            info.linkname = draw.choice(("", "a.jpg", "/etc/passwd"))
            content = _content(draw, 1)
            info.size = draw.choice((len(content),) * 8 + (0, 2**31, 2**62))
            if draw.random() < 0.1:
                info.pax_headers = {"size": draw.choice(("-1", "x", "0", "9" * 30))}
            if draw.random() < 0.05:
                info.pax_headers = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0"}
            try:
                file.addfile(info, io.BytesIO(content.ljust(min(info.size, 5000), b"\0")))
            except (ValueError, OSError, OverflowError):  # what tarfile itself cannot write
                continue
    content = out.getvalue()
    if draw.random() < 0.5:
        content = _with_check_sums(_in_headers(content, draw, (b"ustar",), 255, before=257))
    return zipped_or_not(content, draw)


def _in_headers(
    content: bytes, draw: random.Random, marks: tuple[bytes, ...], size: int, before: int = 0
) -> bytes:
    """Changes bytes near the headers more often than in the content."""
    if draw.random() < 0.4:
        return content
    changed = bytearray(content)
    for _ in range(draw.choice((1, 1, 2, 5))):
        places = [content.find(mark, draw.randrange(len(content) or 1)) for mark in marks]
        places = [place - before for place in places if place >= before]
        if not places:
            return damage(content, draw)
        at = draw.choice(places)
        inside = draw.randrange(before + size)
        changed[at + inside : at + inside + 1] = bytes([draw.choice((0, 1, 47, 48, 55, 128, 255))])
    return bytes(changed)


def _with_check_sums(content: bytes) -> bytes:
    """Corrects the check sum in each block that looks like a tar header: else it ends there."""
    changed = bytearray(content)
    for at in range(0, len(changed) - 511, 512):
        if changed[at + 257 : at + 262] == b"ustar":
            changed[at + 148 : at + 156] = b" " * 8
            changed[at + 148 : at + 156] = b"%06o\0 " % sum(changed[at : at + 512])
    return bytes(changed)


# ---- text

_DATA_SET = "title: x\nformat: idx\nclass_names: [a, b]\nshape: [28, 28, 1]\ndraw: 0\n"
_RESOURCES = "default: {cpu: 1, memory: 1Gi}\nTrainer: {gpu: {type: x, count: 1}, cpu: 2}\n"
_YAML = "a: &a [1, 2]\nc: &c {y: 2020-01-01, z: !!binary aGk=, w: 1_000}\nb: {<<: *c, x: *a}\n"
_TOKENS = (
    *("&a ", "*a", "!!int ", "!!float ", "!!set ", "!!omap ", "!!pairs ", "!!python/name:os.x "),
    *("[", "]", "{", "}", "? ", ": ", "- ", "\n", "\n  ", "| ", "> ", "'", '"', "#", "%YAML 9.9\n"),
    *("...", "~", "null", ".inf", "0x", "0o9", "1:60:00", "2020-13-45", "\t", "\ufeff", "\x00"),
    *("default", "Trainer", "cpu", "[" * 500, "9" * 5000, "a" * 3000, "- " * 100, "é", "<<: "),
    *("---\n", "\x85", "\U0001f600"),
)


def hostile_yaml(draw: random.Random, text: str = _YAML) -> bytes:
    """A YAML file with parts left out, repeated or put in."""
    for _ in range(draw.choice((0, 1, 1, 2, 4, 9))):
        at = draw.randrange(len(text) + 1)
        match draw.randrange(3):
            case 0:
                text = text[:at] + text[at + draw.choice((1, 3, 9)) :]
            case 1:
                text = text[:at] + draw.choice(_TOKENS) + text[at:]
            case 2:
                text = text[:at] + text[at : at + 12] * draw.choice((2, 30)) + text[at:]
    return damage(text.encode(), draw) if draw.random() < 0.1 else text.encode()


def hostile_data_set(draw: random.Random) -> bytes:
    """A description of a data set, changed in the same way."""
    return hostile_yaml(draw, _DATA_SET)


def hostile_resources(draw: random.Random) -> bytes:
    """A file for `--resources`, changed in the same way."""
    return hostile_yaml(draw, _RESOURCES)


_SETTINGS = (
    *("candidate.epochs", "baseline.model", "dataset.shape", "dataset.class_names"),
    *("gate.min_accuracy", "dataset.draw", "candidate.optimizer.learning_rate", "dataset"),
    *("candidate", "x.y", "", ".", "dataset.options", "dataset.source.files", "candidate.type"),
    *("repeats", "seed"),
)
_VALUES = (
    *("1", "0", "-1", "1e999", "nan", "9" * 5000, "true", "None", "a,b", "28,28,1", ",", "", "[1]"),
    *("cifar-10", "a.yaml", "os.system", "a" * 10_000, "1," * 3000, "\x1b[2J", "\x00", "é", "="),
    *("{}", "0x1p3", "2", "0.5", "components.trainer.models.mlp.build_model"),
)


def hostile_settings(draw: random.Random) -> bytes:
    """Lines of `name=value`, as `--set` takes them."""
    lines = []
    for _ in range(draw.choice((1, 1, 2, 5))):
        name, value = draw.choice(_SETTINGS), draw.choice(_VALUES)
        lines.append(f"{name}={value}" if draw.random() < 0.95 else name + value)
    content = "\n".join(lines).encode()
    return damage(content, draw) if draw.random() < 0.3 else content
