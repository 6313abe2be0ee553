"""The official Python client, measured as the Rust ones are: python bench.py run <scenario> <url> <requests> [in flight]

One request at a time goes through its blocking client, more through its asynchronous one. Every answer is decoded; the
checksum is taken of the first one, since it would cost more here than the decoding.
"""

import asyncio
import json
import re
import struct
import sys
import time

from supabase import acreate_client, create_client

KEY = "sb_publishable_bench"
PLANETS = [
    {
        "id": id,
        "name": f"Planet {id}",
        "mass": 0.375 + 0.125 * id,
        "moons": id % 7 or None,
        "inhabited": id % 3 == 0,
        "discovered_at": "2026-11-24T12:34:56.789012+00:00",
        "note": 'Seen "twice" from the station, on a clear night',
    }
    for id in range(1000)
]


def checksum(rows):
    total = 0
    for row in rows:
        bits = struct.unpack("<Q", struct.pack("<d", row["mass"]))[0]
        moons = 7 if row["moons"] is None else row["moons"]
        total += row["id"] + len(row["name"]) + bits % 1009 + moons
        total += int(row["inhabited"]) + len(row["discovered_at"]) + len(row["note"])
    return total


def request(client, scenario, id):
    if scenario == "small":
        return client.table("small").select("id,name").eq("id", id)
    if scenario == "rows":
        return client.table("planets").select("*").limit(1000)
    return client.table("planets").insert(PLANETS, returning="minimal")


SUMS = {
    "small": lambda rows: sum(row["id"] + len(row["name"]) for row in rows),
    "rows": checksum,
    "insert": lambda rows: 1,
}


def one_by_one(client, scenario, count):
    first = None
    for id in range(count):
        answer = request(client, scenario, id).execute()
        if first is None:
            first = SUMS[scenario](answer.data)
    return first * count


async def many(client, scenario, count, lanes):
    ids = iter(range(count))
    first = None

    async def lane():
        nonlocal first
        for id in ids:
            answer = await request(client, scenario, id).execute()
            if first is None:
                first = SUMS[scenario](answer.data)

    await asyncio.gather(*(lane() for _ in range(lanes)))
    return first * count


def memory(name):
    with open("/proc/self/status") as status:
        return 1024 * int(re.search(name + r":\s+(\d+)", status.read()).group(1))


def begin():
    return memory("VmRSS"), time.process_time_ns(), time.perf_counter()


def report(before, count, total):
    resident, cpu, begun = before
    seconds = time.perf_counter() - begun
    print(
        json.dumps(
            {
                "requests": count,
                "checksum": total,
                "cpu": (time.process_time_ns() - cpu) / count,
                "rate": count / seconds,
                "peak": max(0, memory("VmHWM") - resident),
            }
        )
    )


async def in_flight(scenario, url, count, lanes):
    client = await acreate_client(url, KEY)
    await many(client, scenario, 2 * lanes, lanes)
    before = begin()
    report(before, count, await many(client, scenario, count, lanes))


def main():
    _, _, scenario, url, count, *rest = sys.argv
    count, lanes = int(count), int(rest[0]) if rest else 1
    if lanes > 1:
        asyncio.run(in_flight(scenario, url, count, lanes))
        return
    client = create_client(url, KEY)
    one_by_one(client, scenario, 2)
    before = begin()
    report(before, count, one_by_one(client, scenario, count))


main()
