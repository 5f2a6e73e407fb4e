#!/usr/bin/env python3
"""All runs of the owner of a slot of a quota cache and threads that take its quota back (src/budget/quota_cache.h), on a
processor that keeps stores in a buffer until it likes, as x86 does. The steps are those of the functions named beside
them, written by hand: a change there needs the same change here.

No byte is used twice, no byte is lost, and nothing is left cached while caches are bypassed. Each precaution is left
out in turn, and the model must find what it is for."""

from collections import namedtuple

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

# flush: the system flushes write buffers. ordered: they are flushed once while the bypass is set. looks: the owner looks
# at the bypass after it has stored. always: it stores by an exchange without looking, and nothing is flushed. ends: a
# third thread ends the bypass once. forgets: who ends it takes back the note that owners are ordered. same: the note is
# made only if the bypass was not ended meanwhile.
AS_IT_IS = {
    "flush": True, "ordered": True, "looks": True, "always": False, "ends": False, "forgets": True, "same": True,
    "give_up_returns": True, "second_look": True,
}

# Memory, the buffer of the owner, which is the only one that stores without a locked instruction, and the sums.
# bypass: HMI_BYPASS_NEAR_LIMIT; ordered: HMI_BYPASS_ORDERED; ended: how often the bypass was ended.
# A thread is a tuple: the step that comes next, and its variables.
State = namedtuple("State", "granted taken bypass ordered ended buffer owner reclaimers used reclaimed returned")


def owner_steps(state, script, rules):
    number, step, own, seen = state.owner
    if number == len(script):
        return
    what, size = script[number]

    def go(next_step, own=own, seen=seen, **changes):
        after = (number + 1, "begin", own, 0) if next_step == "end" else (number, next_step, own, seen)
        return state._replace(owner=after, **changes)

    def store(next_step, own):  # hmi_quota_cache_change_own, and what comes after it
        return go("ordered " + next_step, own=own, buffer=state.buffer + (own,))

    if step.startswith("ordered "):  # hmi_bypass_orders_owners
        if rules["always"] or (rules["looks"] and state.bypass):
            step = step.replace("ordered ", "exchange ", 1)
            yield go(step)
        else:
            yield go(step[len("ordered "):])
    elif step.startswith("exchange "):  # locked: the buffer is empty
        if not state.buffer:
            yield go(step[len("exchange "):])
    elif step == "begin" and what == "take":  # hmi_quota_cache_take_own
        yield go("end" if state.granted - own < size else "take")
    elif step == "take":
        yield store("took", own + size)
    elif step == "took":
        yield go("end", used=state.used + size) if state.granted >= own else go("give up")
    elif step == "give up":  # hmi_quota_cache_give_up_own
        yield store("return" if rules["give_up_returns"] else "end", own - size)
    elif step == "begin":  # hmi_quota_cache_put
        if state.used < size:
            yield go("end")
        elif state.bypass:
            yield go("end", used=state.used - size, returned=state.returned + size)
        else:
            yield go("put", used=state.used - size)
    elif step == "put":
        yield store("was put", own - size)
    elif step == "was put":
        yield go("return" if state.bypass else "end")
    elif step == "return":  # hmi_quota_cache_return_own
        yield go("return seen", seen=state.granted)
    elif step == "return seen":
        yield go("give back" if state.bypass and seen > own else "end")
    elif step == "give back" and not state.buffer:  # locked
        surplus = min(size, seen - own)
        if state.granted == seen:
            yield go("end", granted=state.granted - surplus, returned=state.returned + surplus)
        else:
            yield go("return seen", seen=state.granted)


def reclaimer_steps(state, index, rules):
    step, seen, lowered, back = state.reclaimers[index]
    granted, taken = state.granted, state.taken

    def go(thread, **changes):
        others = state.reclaimers[:index] + (thread,) + state.reclaimers[index + 1:]
        return state._replace(reclaimers=others, **changes)

    # hmi_budget_order_owners: the steps, and what comes after them.
    after_order = {"order first": "look", "order": "look again", "order last": "look"}
    name, _, part = step.partition(":")
    if step == "bypass":
        yield go(("order first", 0, 0, 0), bypass=1)
    elif name in after_order:
        after = (after_order[name], seen, lowered, back)
        if not part:
            if rules["always"] or (rules["ordered"] and state.ordered):
                yield go(after)
            else:
                yield go((f"{name}:{state.ended if state.bypass else 'no'}", seen, lowered, back))
        elif not part.endswith("flushed"):
            if not state.buffer or not rules["flush"]:
                yield go((step + " flushed", seen, lowered, back))
        else:
            word = part.split()[0]
            is_same = state.bypass and word == str(state.ended)
            yield go(after, ordered=1 if word != "no" and (is_same or not rules["same"]) else state.ordered)
    elif step == "look":  # lower_own
        yield go(("look at taken", granted, 0, 0))
    elif step == "look at taken":
        yield go(("exchange", seen, seen - taken, 0) if seen > taken else ("end", 0, 0, 0))
    elif step == "exchange":
        if granted == seen:
            yield go(("order", 0, lowered, 0), granted=granted - lowered)
        else:
            yield go(("look at taken", granted, 0, 0))
    elif step == "look again":  # give_back_missing
        yield go(("missing", granted, lowered, 0))
    elif step == "missing":
        if taken > seen:
            yield go(("give back", 0, lowered, min(taken - seen, lowered)))
        else:
            yield go(("look", 0, 0, 0), reclaimed=state.reclaimed + lowered)
    elif step == "give back":
        after = "order last" if rules["second_look"] else "look" if lowered > back else "end"
        yield go((after, 0, 0, 0), granted=granted + back, reclaimed=state.reclaimed + lowered - back)


def steps(state, script, rules):
    if state.buffer:  # the processor stores what has waited longest
        yield state._replace(taken=state.buffer[0], buffer=state.buffer[1:])
    if rules["ends"] and state.bypass and not state.ended:  # hmi_bypass_end
        yield state._replace(bypass=0, ended=1, ordered=0 if rules["forgets"] else state.ordered)
    yield from owner_steps(state, script, rules)
    for index in range(len(state.reclaimers)):
        yield from reclaimer_steps(state, index, rules)


def faults(script, reclaimers, rules):
    """Returns how many states there are, and what is wrong in any of them."""
    first = State(GRANTED, USED, 0, 0, 0, (), (0, "begin", USED, 0), (("bypass", 0, 0, 0),) * reclaimers, USED, 0, 0)
    known, waiting, found = {first}, [first], set()
    while waiting:
        state = waiting.pop()
        gone = state.used + state.reclaimed + state.returned
        if gone > GRANTED:
            found.add("used twice")
        following = list(steps(state, script, rules))
        if not following:
            if gone + state.granted - state.taken != GRANTED:
                found.add("lost")
            if state.bypass and state.granted > state.taken:
                found.add("cached while bypassed")
        for after in following:
            if after not in known:
                known.add(after)
                waiting.append(after)
    return len(known), found


def check(name, rules, expected):
    states, found = 0, set()
    for reclaimers in (1, 2):
        for script in SCRIPTS:
            if expected and found == expected:
                break  # all that it was to find
            count, wrong = faults(script, reclaimers, {**AS_IT_IS, **rules})
            states += count
            found |= wrong
    print(f"{name}: {states} states, {', '.join(sorted(found)) or 'nothing wrong'}")
    return found == expected


def main():
    twice_and_cached = {"used twice", "cached while bypassed"}
    results = [
        check("one flush", {}, set()),
        check("one flush, and the bypass ends", {"ends": True}, set()),
        check("a flush each time", {"ordered": False, "looks": False}, set()),
        check("always ordered", {"always": True, "flush": False, "ends": True}, set()),
        check("no flush", {"flush": False}, twice_and_cached),
        check("owners do not look", {"looks": False}, twice_and_cached),
        check("the note stays when the bypass ends", {"ends": True, "forgets": False}, twice_and_cached),
        check("the note is made though the bypass has ended", {"ends": True, "same": False}, twice_and_cached),
        check("the owner gives up and returns nothing", {"give_up_returns": False}, {"cached while bypassed"}),
        check("who gives back does not look again", {"second_look": False}, {"cached while bypassed"}),
    ]
    return 0 if all(results) else 1


if __name__ == "__main__":
    raise SystemExit(main())
