"""Allocations: sharing out on plain record files, on this core or over a Dask cluster with the same answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from partners.matching.files import RecordsRefused, is_late, read_all, read_json, same_ids

ENGINES = ("plain", "dask")
NO_DASK = "the engine dask needs the package distributed; install it with: pip install 'kith[dask]'"


def allocate(
    offers_path: Path, requests_path: Path, *, locks_path: Path | None = None, groups_path: Path | None = None, engine: str = "plain",
    scheduler: str | None = None, processes: bool = True,
) -> dict[str, Any]:
    """Return one allocation of the places in a file of offers among the requests in another, in the order given.

    Raises:
        RecordsRefused: a record, a lock or a group breaks the contract, or the engine is not installed; one line a fault.
    """
    from matcher.allocation import allocate as share_out
    from matcher.errors import InvalidRecord
    from matcher.records import Offer, Request

    offers_data, requests_data = read_json(offers_path), read_json(requests_path)
    if isinstance(offers_data, dict) and "offers" in offers_data:
        offers_data = offers_data["offers"]
    if not isinstance(offers_data, list):
        raise RecordsRefused([f"{offers_path.name}: is not a list; it should be a list of offers, or an object with the key offers"])
    faults: list[str] = []
    offers = read_all(Offer, offers_data, faults)
    requests = read_all(Request, requests_data if isinstance(requests_data, list) else [requests_data], faults)
    faults += same_ids("offer", offers) + same_ids("request", requests)
    faults += [f"offer {o.id}: confirmed_on: {o.confirmed_on} is after the request's day; it should be that day or earlier" for o in offers if is_late(o, requests)]
    locks, groups = _locks(locks_path, faults), _groups(groups_path, faults)
    if faults:
        raise RecordsRefused(faults)
    try:
        with engine_of(engine, scheduler, processes=processes) as spread:
            return share_out(offers, requests, locks=locks, groups=groups, spread=spread)
    except InvalidRecord as error:
        raise RecordsRefused(error.faults) from error


def _locks(path: Path | None, faults: list[str]) -> list[tuple[str, str, str]]:
    rows = read_json(path) if path else []
    names = ("request", "need", "offer")
    if not isinstance(rows, list):
        faults.append("locks: is not a list; it should be a list of objects with request, need and offer")
        return []
    good = [isinstance(r, dict) and set(r) == set(names) and all(isinstance(v, str) for v in r.values()) for r in rows]
    faults += [f"lock {n}: is not clear; it should be an object with request, need and offer, each a text" for n, ok in enumerate(good, 1) if not ok]
    return [(r["request"], r["need"], r["offer"]) for r, ok in zip(rows, good, strict=True) if ok]


def _groups(path: Path | None, faults: list[str]) -> dict[str, str] | None:
    rows = read_json(path) if path else None
    if rows is not None and not (isinstance(rows, dict) and all(isinstance(v, str) for v in rows.values())):
        faults.append("groups: is not clear; it should be an object from request ids to labels, each a text")
        return None
    return rows


@contextmanager
def engine_of(engine: str, scheduler: str | None = None, *, processes: bool = True) -> Iterator[Callable[..., Any]]:
    """Give a function that maps over markets: on this core, or over a Dask cluster (its own, or the one at an address).

    Raises:
        RecordsRefused: distributed is not installed, or no scheduler answers.
    """
    if engine == "plain":
        yield map
        return
    try:
        from distributed import Client, LocalCluster
    except ImportError as error:
        raise RecordsRefused([NO_DASK]) from error
    cluster = None if scheduler else LocalCluster(processes=processes, threads_per_worker=1, dashboard_address=None)
    try:
        client = Client(scheduler or cluster, timeout=10)
    except OSError as error:
        raise RecordsRefused([f"scheduler {scheduler}: does not answer; it should be the address of a Dask scheduler, such as tcp://10.0.0.4:8786"]) from error
    try:
        yield lambda work, markets: client.gather(client.map(work, markets, pure=False)) if markets else []
    finally:
        client.close()
        if cluster is not None:
            cluster.close()
