/* An HTTP server for one page, which only programs on this computer reach: it listens on 127.0.0.1. It answers GET
 * alone, and only requests whose Host is the address or localhost with its port, so that a web site whose name resolves
 * to 127.0.0.1 is refused. A connection is for one request. Nothing waits for a client that is slow: there are at most
 * HTTP_CONNECTIONS at a time, and the oldest gives way to a new one. */
#ifndef TRACE_HTTP_SERVER_H
#define TRACE_HTTP_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HTTP_CONNECTIONS = 16, HTTP_MOST_REQUEST = 16384 /* bytes */ };

typedef struct http_server http_server;

/* What a path is answered with. body: allocated by malloc, and freed by the server; NULL: it could not be made. */
typedef struct http_answer {
    const char *type; /* Content-Type; NULL: there is no such path */
    char *body;
    size_t bytes;
} http_answer;

/* port: 0 for any that is free. Returns NULL after printing the reason.
 * answer: called from http_server_serve with the path of a request, without what follows a '?'. */
http_server *http_server_open(uint16_t port, http_answer (*answer)(void *context, const char *path), void *context);

uint16_t http_server_port(const http_server *server);

/* Serves what is there to be served, and waits for it at most so long. */
void http_server_serve(http_server *server, uint32_t milliseconds);

void http_server_close(http_server *server);

#endif
