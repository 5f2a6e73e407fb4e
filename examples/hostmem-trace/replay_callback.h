/* The callback registered for notifications where the CLR registered its own. It does nothing: the calls that the
 * CLR made in response are in the trace. */
#ifndef TRACE_REPLAY_CALLBACK_H
#define TRACE_REPLAY_CALLBACK_H

#include <hostmem/interfaces.h>

/* Always the same object; it need not be released. */
ICLRMemoryNotificationCallback *replay_callback(void);

#endif
