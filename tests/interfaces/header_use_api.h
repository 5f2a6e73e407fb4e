/* Calls every public function, so that its parameters must have the expected types in C and in C++. Included in
 * header_use.c and header_use.cpp when they test hostmem.h. */
HRESULT use_library(hostmem *memory, IHostControl *inner, IHostControl **control, hostmem_stats *stats);

HRESULT use_library(hostmem *memory, IHostControl *inner, IHostControl **control, hostmem_stats *stats)
{
    hostmem_config config;
    IHostMemoryManager *manager = NULL;
    hostmem_trace_config trace;
    hostmem_trace_status status;
    config.size = sizeof config;
    config.flags = HOSTMEM_FREE_FOREIGN;
    config.os = NULL;
    stats->size = sizeof *stats;
    if (FAILED(hostmem_parse_size("512M", &config.limit_bytes)) || FAILED(hostmem_create(&config, &memory)) ||
        FAILED(hostmem_get_manager(memory, &manager)) || FAILED(hostmem_get_control(memory, inner, control)) ||
        FAILED(hostmem_get_stats(memory, stats)) || FAILED(hostmem_set_limit(memory, stats->limit_bytes))) {
        return E_FAIL;
    }
    trace.size = sizeof trace;
    trace.path = "%p.trace";
    trace.write = NULL;
    status.size = sizeof status;
    if (FAILED(hostmem_trace_start(memory, &trace)) || FAILED(hostmem_trace_get_status(memory, &status)) ||
        FAILED(hostmem_trace_stop(memory))) {
        return status.error;
    }
    if (hostmem_for_each_region(memory, NULL, NULL) != E_POINTER ||
        hostmem_format_stats(stats, HOSTMEM_JSON, NULL, NULL, 0, NULL) != S_OK) {
        return E_FAIL;
    }
    hostmem_shutdown(memory);
    return hostmem_release(memory) == 0 ? S_OK : S_FALSE;
}
