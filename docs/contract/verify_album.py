#!/usr/bin/env python3
"""Verifies an album without lineshot: verify_album.py ALLOWED-SIGNERS FOLDER
FOLDER mirrors albums/<album>. A line of ALLOWED-SIGNERS: <site>/<agent> namespaces="lineshot-album" ssh-ed25519 <key>
Says what is wrong and ends with 1, or lists every picture that is what its line PC put there. Standard Python alone;
signatures by PROTOCOL.sshsig, Ed25519 by RFC 8032, section 6 (some milliseconds each)."""
import base64, hashlib, json, pathlib, sys

P, Q = 2**255 - 19, 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P

def must(truth, what):
    if not truth:
        raise ValueError(what)

def add(a, b):
    e, f = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    c, d = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    e, f, g, h = f - e, d - c, d + c, f + e
    return e * f % P, g * h % P, f * g % P, e * h % P

def times(n, point):
    result = (0, 1, 1, 0)
    for bit in bin(n)[2:]:
        result = add(add(result, result), point) if bit == "1" else add(result, result)
    return result

def point_of(data):
    sign, y = data[31] >> 7, int.from_bytes(data, "little") & ((1 << 255) - 1)
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    x = x if (x * x - square) % P == 0 else x * pow(2, (P - 1) // 4, P) % P
    must(y < P and (x * x - square) % P == 0 and (x or not sign), "no point of the curve")
    x = x if x % 2 == sign else P - x
    return x, y, 1, x * y % P

def is_signed(key, message, signature):
    s, base = int.from_bytes(signature[32:], "little"), point_of(bytes.fromhex("58" + "66" * 31))
    k = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % Q
    a, b = times(s, base), add(point_of(signature[:32]), times(k, point_of(key)))
    return s < Q and (a[0] * b[2] - b[0] * a[2]) % P == 0 and (a[1] * b[2] - b[1] * a[2]) % P == 0

def strings(data):
    while data:
        length = 4 + int.from_bytes(data[:4], "big")
        yield data[4:length]
        data = data[length:]

def signer_of(statement, armoured):
    blob = base64.b64decode("".join(line for line in armoured.splitlines() if line[:5] != "-----"), validate=True)
    key, space, reserved, algorithm, signature = strings(blob[10:])
    (kind, public), (signed_as, signature) = strings(key), strings(signature)
    known = (b"SSHSIG\0\0\0\1", b"ssh-ed25519", b"ssh-ed25519", b"lineshot-album", b"sha512")
    must((blob[:10], kind, signed_as, space, algorithm) == known, "signed as something else")
    said = (space, reserved, algorithm, hashlib.sha512(statement.encode()).digest())
    parts = [len(part).to_bytes(4, "big") + part for part in said]
    must(len(signature) == 64 and is_signed(public, b"SSHSIG" + b"".join(parts), signature), "the signature does not fit")
    return base64.b64encode(key).decode()

def check(view, record, signers, folder):
    must("signed" in view, "not signed: put there before uploaders signed, or the signature was taken away")
    is_one = view["state"] == "delivered" and view["unreleased"] == ("release" not in view)
    must(is_one, "pictures of no delivery, or of a trial as none")
    agent, statement, signature = record["agent"], view["signed"]["statement"], view["signed"]["signature"]
    name = agent["site"] + "/" + agent["name"]
    must(signer_of(statement, signature) in signers.get(name, []), "not signed by a key of " + name)
    lines = ["lineshot-album 1", "site " + agent["site"], "agent " + agent["name"], "album " + record["album"]]
    lines += ["station " + record["station"]["id"], "view " + view["view"], "id " + view["id"]]
    lines += ["taken " + view["taken"]["from"] + " " + view["taken"]["to"], "release " + view.get("release", "unreleased")]
    lines += ["simulated " + ("yes" if view["simulated"] else "no"), "thumbhash " + view.get("thumbhash", "none")]
    lines += [picture["sha256"] + "  " + picture["key"] for picture in view["pictures"]]
    must(statement == "".join(line + "\n" for line in lines), "the record says something else than was signed")
    for picture in view["pictures"]:
        digest = hashlib.sha256((folder / picture["key"]).read_bytes())
        must(digest.hexdigest() == picture["sha256"], picture["key"] + " was changed")
        yield picture["key"]

def once(pairs):
    must(len(dict(pairs)) == len(pairs), "a name stands twice")
    return dict(pairs)

def main(signers_file, folder):
    signers, good, folder = {}, set(), pathlib.Path(folder)
    for words in map(str.split, open(signers_file)):
        if words[1:3] == ['namespaces="lineshot-album"', "ssh-ed25519"] and len(words) > 3 and words[0][0] != "#":
            signers.setdefault(words[0], []).append(words[3])
    records = sorted(folder.glob("*.json"))
    for path in records:
        try:
            record = json.loads(path.read_bytes(), object_pairs_hook=once)
            where = (record["album"], record["station"]["id"])
            must(where == (folder.resolve().name, path.stem), "of another album or station")
            for view in (view for view in record["views"] if view["pictures"]):
                good.update(check(view, record, signers, folder))
        except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
            sys.exit(f"{path.name}: {error}")
    print("\n".join(sorted(good)))
    others = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file() and path not in records} - good
    sys.exit("in no record: " + ", ".join(sorted(others)) if others else None if good else "there is no picture")

main(*sys.argv[1:]) if len(sys.argv) == 3 else sys.exit(__doc__)
