#!/usr/bin/env python3
"""All runs of the owner of a slot of a quota cache and threads that take its quota back (src/budget/quota_cache.h), on a
processor that keeps stores in a buffer until it likes, as x86 does. The steps are those of the functions named beside
them, written by hand: a change there needs the same change here.

No byte is used twice, no byte is lost, and nothing is left cached while caches are bypassed. Each precaution is left
out in turn, and the model must find what it is for."""

GRANTED = 5  # bytes that the owner may use, of which it uses USED
USED = 2

SCRIPTS = [
    [("take", 2)],
    [("put", 2)],
    [("take", 2), ("put", 2)],
    [("put", 2), ("take", 1)],
    [("take", 1), ("take", 2), ("put", 2)],
    [("take", 2), ("put", 2), ("take", 3), ("put", 3)],
]

AS_IT_IS = {"flush": True, "exchange": False, "give_up_returns": True, "second_look": True}

# Memory, the buffer of the owner, which is the only one that stores without a locked instruction, and the sums.
# A thread is a tuple: the step that comes next, and its variables.


def owner_steps(state, script, rules):
    granted, taken, bypass, buffer, owner, reclaimers, used, reclaimed, returned = state
    number, step, own, seen = owner
    if number == len(script):
        return
    what, size = script[number]

    def state_with(next_step, own=own, seen=seen, granted=granted, stored=None, used=used, returned=returned):
        """stored: what the owner stores in own_taken."""
        after = (number + 1, "begin", own, 0) if next_step == "end" else (number, next_step, own, seen)
        stores = () if stored is None or rules["exchange"] else (stored,)
        memory = stored if stored is not None and rules["exchange"] else taken
        return (granted, memory, bypass, buffer + stores, after, reclaimers, used, reclaimed, returned)

    if step == "begin" and what == "take":  # hmi_quota_cache_take_own
        yield state_with("end" if granted - own < size else "take")
    elif step == "take":
        yield state_with("took", own=own + size, stored=own + size)
    elif step == "took":
        yield state_with("end", used=used + size) if granted >= own else state_with("give up")
    elif step == "give up":  # hmi_quota_cache_give_up_own
        yield state_with("return" if rules["give_up_returns"] else "end", own=own - size, stored=own - size)
    elif step == "begin":  # hmi_quota_cache_put
        if used < size:
            yield state_with("end")
        elif bypass:
            yield state_with("end", used=used - size, returned=returned + size)
        else:
            yield state_with("put", used=used - size)
    elif step == "put":
        yield state_with("was put", own=own - size, stored=own - size)
    elif step == "was put":
        yield state_with("return" if bypass else "end")
    elif step == "return":  # hmi_quota_cache_return_own
        yield state_with("return seen", seen=granted)
    elif step == "return seen":
        yield state_with("exchange" if bypass and seen > own else "end")
    elif step == "exchange" and not buffer:  # locked: the buffer is empty
        surplus = min(size, seen - own)
        if granted == seen:
            yield state_with("end", granted=granted - surplus, returned=returned + surplus)
        else:
            yield state_with("return seen", seen=granted)


def reclaimer_steps(state, index, rules):
    granted, taken, bypass, buffer, owner, reclaimers, used, reclaimed, returned = state
    step, seen, lowered, back = reclaimers[index]

    def state_with(thread, granted=granted, bypass=bypass, reclaimed=reclaimed):
        others = reclaimers[:index] + (thread,) + reclaimers[index + 1:]
        return (granted, taken, bypass, buffer, owner, others, used, reclaimed, returned)

    after_flush = {"flush first": "look", "flush": "look again", "flush last": "look"}
    if step == "bypass":
        yield state_with(("flush first", 0, 0, 0), bypass=1)
    elif step in after_flush:
        if not buffer or not rules["flush"]:
            yield state_with((after_flush[step], seen, lowered, back))
    elif step == "look":  # lower_own
        yield state_with(("look at taken", granted, 0, 0))
    elif step == "look at taken":
        yield state_with(("exchange", seen, seen - taken, 0) if seen > taken else ("end", 0, 0, 0))
    elif step == "exchange":
        if granted == seen:
            yield state_with(("flush", 0, lowered, 0), granted=granted - lowered)
        else:
            yield state_with(("look at taken", granted, 0, 0))
    elif step == "look again":  # give_back_missing
        yield state_with(("missing", granted, lowered, 0))
    elif step == "missing":
        if taken > seen:
            yield state_with(("give back", 0, lowered, min(taken - seen, lowered)))
        else:
            yield state_with(("look", 0, 0, 0), reclaimed=reclaimed + lowered)
    elif step == "give back":
        after = "flush last" if rules["second_look"] else "look" if lowered > back else "end"
        yield state_with((after, 0, 0, 0), granted=granted + back, reclaimed=reclaimed + lowered - back)


def steps(state, script, rules):
    granted, taken, bypass, buffer, *rest = state
    if buffer:  # the processor stores what has waited longest
        yield (granted, buffer[0], bypass, buffer[1:], *rest)
    yield from owner_steps(state, script, rules)
    for index in range(len(state[5])):
        yield from reclaimer_steps(state, index, rules)


def faults(script, reclaimers, rules):
    """Returns how many states there are, and what is wrong in any of them."""
    first = (GRANTED, USED, 0, (), (0, "begin", USED, 0), (("bypass", 0, 0, 0),) * reclaimers, USED, 0, 0)
    known, waiting, found = {first}, [first], set()
    while waiting:
        state = waiting.pop()
        granted, taken, bypass, _, _, _, used, reclaimed, returned = state
        if used + reclaimed + returned > GRANTED:
            found.add("used twice")
        following = list(steps(state, script, rules))
        if not following:
            if used + reclaimed + returned + granted - taken != GRANTED:
                found.add("lost")
            if bypass and granted > taken:
                found.add("cached while bypassed")
        for after in following:
            if after not in known:
                known.add(after)
                waiting.append(after)
    return len(known), found


def check(name, rules, expected):
    states, found = 0, set()
    for script in SCRIPTS:
        for reclaimers in (1, 2):
            count, wrong = faults(script, reclaimers, {**AS_IT_IS, **rules})
            states += count
            found |= wrong
    print(f"{name}: {states} states, {', '.join(sorted(found)) or 'nothing wrong'}")
    return found == expected


def main():
    results = [
        check("with flushes", {}, set()),
        check("with exchanges", {"flush": False, "exchange": True}, set()),
        check("with neither", {"flush": False}, {"used twice", "cached while bypassed"}),
        check("the owner gives up and returns nothing", {"give_up_returns": False}, {"cached while bypassed"}),
        check("who gives back does not look again", {"second_look": False}, {"cached while bypassed"}),
    ]
    return 0 if all(results) else 1


if __name__ == "__main__":
    raise SystemExit(main())
