"""Golden data on disk: `<family>.json` (one case a line) beside `<family>.npz`; the same data gives the same bytes."""

import io
import json
import zipfile

import numpy as np

_STORED = ("nodes", "static", "strings", "facts", "error")


def write(folder, family, records):
    """Write {case name: record} of one family into the Path `folder`; files are written beside and renamed."""
    lines = []
    for name in sorted(records):
        kept = {key: records[name][key] for key in _STORED if records[name][key]}
        if "error" in kept:
            kept["error"] = {key: kept["error"][key] for key in ("stage", "class", "message")}
        lines.append("%s: %s" % (json.dumps(name), json.dumps(kept, sort_keys=True, separators=(",", ":"))))
    _replace(folder / (family + ".json"), ("{\n" + ",\n".join(lines) + "\n}\n").encode("utf-8"))

    arrays = {}
    for name, record in records.items():
        for key, value in record["values"].items():
            arrays["%s/%s" % (name, key)] = value
    _replace(folder / (family + ".npz"), _zipped(arrays))


def read(folder, family):
    """Return {case name: record} as `replay` makes them."""
    stored = json.loads((folder / (family + ".json")).read_text(encoding="utf-8"))
    empty = {"nodes": [], "static": [], "strings": {}, "facts": {}, "error": None}
    records = {name: dict(empty, values={}) for name in stored}
    for name, record in stored.items():
        records[name].update(record)
    with np.load(str(folder / (family + ".npz")), allow_pickle=False) as arrays:
        for key in arrays.files:
            name, run, fetch = key.rsplit("/", 2)
            records[name]["values"]["%s/%s" % (run, fetch)] = arrays[key]
    return records


def _zipped(arrays):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for key in sorted(arrays):
            member = zipfile.ZipInfo(key + ".npy", date_time=(1980, 1, 1, 0, 0, 0))
            member.compress_type = zipfile.ZIP_DEFLATED
            content = io.BytesIO()
            np.lib.format.write_array(content, np.ascontiguousarray(arrays[key]).reshape(np.shape(arrays[key])))
            archive.writestr(member, content.getvalue())
    return buffer.getvalue()


def _replace(path, content):
    beside = path.with_name(path.name + ".new")
    beside.write_bytes(content)
    beside.replace(path)
