/* Checks configurations, and fills in their defaults. */
#ifndef HMI_CONFIG_H
#define HMI_CONFIG_H

#include <hostmem/counters.h>

/* A mistake in a configuration, for hostmem_config_error. */
typedef struct hmi_config_mistake {
    HRESULT hr;
    const char *field; /* or environment variable */
    const char *reason;
    char detail[240]; /* appended to the sentence; may be "" */
} hmi_config_mistake;

/* A complete configuration, with defaults filled in. */
typedef struct hmi_settings {
    hostmem_config config;        /* os is set; budget_config is no longer used */
    hostmem_budget_config budget; /* used if config.budget is NULL */
    hostmem_fault_rule faults[HOSTMEM_MAX_FAULT_RULES];
    UINT32 fault_count;
} hmi_settings;

/* config may be NULL: all defaults. mistake is written on failure only. */
HRESULT hmi_config_complete(const hostmem_config *config, hmi_settings *settings, hmi_config_mistake *mistake);

/* The same for a budget. */
HRESULT hmi_config_complete_budget(const hostmem_budget_config *config, hostmem_budget_config *complete,
                                   hmi_config_mistake *mistake);

/* The same for a trace. Only the result says what is wrong. */
HRESULT hmi_config_complete_trace(const hostmem_trace_config *config, hostmem_trace_config *complete);

/* The same for performance counters; config may be NULL. */
HRESULT hmi_config_complete_counters(const hostmem_counters_config *config, hostmem_counters_config *complete);

#endif
