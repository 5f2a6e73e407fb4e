/* Configurations: what is wrong with one, and what it means when nothing is. */
#ifndef HMI_CONFIG_H
#define HMI_CONFIG_H

#include <hostmem/hostmem.h>

/* A mistake in a configuration, for hostmem_config_error. */
typedef struct hmi_config_mistake {
    HRESULT hr;
    const char *field; /* or variable */
    const char *reason;
    char detail[240]; /* ends the sentence; "": nothing */
} hmi_config_mistake;

/* Everything that a configuration says, with defaults in place. */
typedef struct hmi_settings {
    hostmem_config config;        /* os is set; budget_config is not used any more */
    hostmem_budget_config budget; /* if config.budget is NULL */
    hostmem_fault_rule faults[HOSTMEM_MAX_FAULT_RULES];
    UINT32 fault_count;
} hmi_settings;

/* config may be NULL. mistake is of use after a failure alone. */
HRESULT hmi_config_complete(const hostmem_config *config, hmi_settings *settings, hmi_config_mistake *mistake);

/* The same for a budget alone. */
HRESULT hmi_config_complete_budget(const hostmem_budget_config *config, hostmem_budget_config *complete,
                                   hmi_config_mistake *mistake);

/* The same for a trace; the result alone says what is wrong. */
HRESULT hmi_config_complete_trace(const hostmem_trace_config *config, hostmem_trace_config *complete);

#endif
