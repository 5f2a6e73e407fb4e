/* Two threads at the pages of one view: the second thread's call runs in a hook, before or after the effect of the
 * first one's, so that every order is forced. When both have ended the accounts equal the system. */
#include "check.h"

#include "core_state.h"
#include "memory/pages.h"
#include "memory/views.h"

#define PAGE CHECK_PAGE
#define GRANULE CHECK_GRANULE
#define RW PAGE_READWRITE
#define RX PAGE_EXECUTE_READ

/* The other thread. */
typedef struct other {
    check_fixture *f;
    void (*act)(struct other *self);
    char *view;
    UINT32 protect;
    bool acted;
} other;

static void act_once(void *context, const sim_os_call *call)
{
    other *self = context;
    (void)call;
    if (self->acted)
        return;
    self->acted = true;
    self->act(self);
}

static void intrude(other *self, sim_os_kind kind, bool before)
{
    self->acted = false;
    sim_os_set_hooks(self->f->sim, SIM_SET(kind), before ? act_once : NULL, before ? NULL : act_once, self);
}

static void done(other *self)
{
    sim_os_set_hooks(self->f->sim, 0, NULL, NULL, NULL);
    assert_true(self->acted);
}

static char *map_reserved(check_fixture *f)
{
    char *view = sim_os_add_foreign(f->sim, NULL, 2 * GRANULE, FALSE, PAGE_NOACCESS);
    assert_non_null(view);
    assert_int_equal(hmi_views_add(f->core, view, 2 * GRANULE), S_OK);
    return view;
}

static HRESULT commit(check_fixture *f, char *memory, SIZE_T size, UINT32 protect)
{
    void *out = NULL;
    return hmi_pages_alloc(f->core, memory, size, MEM_COMMIT, protect, eTaskCritical, &out);
}

static void commit_it(other *self)
{
    assert_int_equal(commit(self->f, self->view + PAGE, 2 * PAGE, self->protect), S_OK);
}

static void protect_it(other *self)
{
    UINT32 old;
    assert_int_equal(hmi_pages_protect(self->f->core, self->view, 2 * PAGE, self->protect, &old), S_OK);
}

static void withdraw_it(other *self)
{
    hmi_views_remove(self->f->core, self->view);
}

static void announce_it(other *self)
{
    assert_int_equal(hmi_views_add(self->f->core, self->view, 2 * GRANULE), S_OK);
}

static void two_commits_of_a_page_count_it_once(void **state)
{
    static const UINT32 protections[] = {RW, RX};
    check_fixture *f = *state;
    size_t ours, theirs, when;
    for (ours = 0; ours < 2; ours++) {
        for (theirs = 0; theirs < 2; theirs++) {
            for (when = 0; when < 2; when++) {
                char *view = map_reserved(f);
                other thread = {.f = f, .act = commit_it, .view = view, .protect = protections[theirs]};
                intrude(&thread, SIM_VIRTUAL_ALLOC, when);
                succeeds(f, commit(f, view, 2 * PAGE, protections[ours]));
                done(&thread);
                assert_int_equal(check_stats(f).committed_bytes, 3 * PAGE);
                hmi_views_remove(f->core, view);
                books_are(f, 0, 0, 0);
                sim_os_remove_foreign(f->sim, view);
            }
        }
    }
}

static void protections_that_meet_end_as_the_system_has_them(void **state)
{
    static const UINT32 protections[] = {RW, RX};
    check_fixture *f = *state;
    size_t ours, theirs, when;
    for (ours = 0; ours < 2; ours++) {
        for (theirs = 0; theirs < 2; theirs++) {
            for (when = 0; when < 2; when++) {
                char *view = map_reserved(f);
                other thread = {.f = f, .act = protect_it, .view = view, .protect = protections[theirs]};
                UINT32 old;
                assert_int_equal(commit(f, view, 4 * PAGE, RW), S_OK);
                intrude(&thread, SIM_VIRTUAL_PROTECT, when);
                succeeds(f, hmi_pages_protect(f->core, view + PAGE, 2 * PAGE, protections[ours], &old));
                done(&thread);
                intrude(&thread, SIM_VIRTUAL_ALLOC, when);
                succeeds(f, commit(f, view, 4 * PAGE, protections[ours]));
                done(&thread);
                assert_int_equal(check_stats(f).committed_bytes, 4 * PAGE);
                hmi_views_remove(f->core, view);
                books_are(f, 0, 0, 0);
                sim_os_remove_foreign(f->sim, view);
            }
        }
    }
}

static void a_view_that_goes_meanwhile_leaves_nothing(void **state)
{
    static const UINT32 protections[] = {RW, RX};
    check_fixture *f = *state;
    size_t ours, when;
    UINT32 old;
    for (ours = 0; ours < 2; ours++) {
        for (when = 0; when < 2; when++) {
            char *view = map_reserved(f);
            other thread = {.f = f, .act = withdraw_it, .view = view};
            assert_int_equal(commit(f, view + PAGE, PAGE, RX), S_OK);
            intrude(&thread, SIM_VIRTUAL_ALLOC, when);
            succeeds(f, commit(f, view, 2 * PAGE, protections[ours]));
            done(&thread);
            books_are(f, 0, 0, 0);
            assert_int_equal(check_stats(f).used_bytes, 0);
            assert_int_equal(hmi_views_add(f->core, view, 2 * GRANULE), S_OK);
            assert_int_equal(commit(f, view, 2 * PAGE, RW), S_OK);
            intrude(&thread, SIM_VIRTUAL_PROTECT, when);
            succeeds(f, hmi_pages_protect(f->core, view, 2 * PAGE, protections[ours], &old));
            done(&thread);
            books_are(f, 0, 0, 0);
            sim_os_remove_foreign(f->sim, view);
        }
    }
}

/* Another announcement of the same view queries the system for what is there; pages being committed at that time
 * are not lost. */
static void a_view_announced_again_meanwhile_keeps_what_is_committed(void **state)
{
    check_fixture *f = *state;
    size_t when;
    for (when = 0; when < 2; when++) {
        char *view = map_reserved(f);
        other thread = {.f = f, .act = announce_it, .view = view};
        assert_int_equal(commit(f, view, PAGE, RX), S_OK);
        intrude(&thread, SIM_VIRTUAL_ALLOC, when);
        succeeds(f, commit(f, view, 3 * PAGE, RX));
        done(&thread);
        books_are(f, 0, 3 * PAGE, 3 * PAGE);
        thread.act = commit_it;
        thread.protect = RX;
        intrude(&thread, SIM_VIRTUAL_QUERY, when);
        assert_int_equal(hmi_views_add(f->core, view, 2 * GRANULE), S_OK);
        done(&thread);
        books_are(f, 0, 3 * PAGE, 3 * PAGE);
        hmi_views_remove(f->core, view);
        sim_os_remove_foreign(f->sim, view);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        check_test(two_commits_of_a_page_count_it_once),
        check_test(protections_that_meet_end_as_the_system_has_them),
        check_test(a_view_that_goes_meanwhile_leaves_nothing),
        check_test(a_view_announced_again_meanwhile_keeps_what_is_committed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
