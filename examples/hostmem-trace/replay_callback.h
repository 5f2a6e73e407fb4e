/* What is registered for notifications where the CLR registered its own. Nothing comes of them here: what the CLR
 * did then is in the trace. */
#ifndef TRACE_REPLAY_CALLBACK_H
#define TRACE_REPLAY_CALLBACK_H

#include <hostmem/interfaces.h>

/* Always the same; it need not be released. */
ICLRMemoryNotificationCallback *replay_callback(void);

#endif
