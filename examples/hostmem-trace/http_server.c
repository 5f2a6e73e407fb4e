/* Sockets that do not block, and select. See http_server.h. */
#ifndef _WIN32
#define _POSIX_C_SOURCE 200809L
#endif

#include "http_server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef _WIN32
#include <winsock2.h>
typedef int socket_length;
typedef int socket_bytes;
#define MSG_NOSIGNAL 0
#else
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <strings.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>
typedef int SOCKET;
typedef socklen_t socket_length;
typedef size_t socket_bytes;
#define INVALID_SOCKET (-1)
#define closesocket close
#define _strnicmp strncasecmp
#endif

#include "input.h"

typedef struct connection {
    SOCKET socket; /* INVALID_SOCKET: this one is free */
    uint64_t age;  /* number of the connection */
    char *head;    /* of the answer; NULL: the request is still being read */
    size_t head_bytes;
    http_answer answer;
    size_t done; /* bytes read of the request, then bytes sent of head and body */
    char request[HTTP_MOST_REQUEST + 1];
} connection;

struct http_server {
    SOCKET listener;
    uint16_t port;
    http_answer (*answer)(void *context, const char *path);
    void *context;
    uint64_t accepted;
    connection connections[HTTP_CONNECTIONS];
};

/* ---- Differences between systems ---- */

#ifdef _WIN32
static bool begin_sockets(void)
{
    WSADATA data;
    return !WSAStartup(MAKEWORD(2, 2), &data);
}

static void end_sockets(void)
{
    WSACleanup();
}

static bool would_block(void)
{
    return WSAGetLastError() == WSAEWOULDBLOCK;
}

/* Why a port cannot be listened on. */
static const char *port_problem(void)
{
    switch (WSAGetLastError()) {
    case WSAEADDRINUSE:
        return "is in use";
    case WSAEACCES: /* or somebody has it for himself, which Windows does not tell apart */
        return "is reserved or in use";
    default:
        return "cannot be used";
    }
}

static bool set_nonblocking(SOCKET socket)
{
    u_long yes = 1;
    return !ioctlsocket(socket, (long)FIONBIO, &yes);
}

/* Nobody else may take the port as well. SO_REUSEADDR would allow just that on Windows. */
static void claim_port(SOCKET socket)
{
    BOOL yes = TRUE;
    setsockopt(socket, SOL_SOCKET, SO_EXCLUSIVEADDRUSE, (const char *)&yes, sizeof(yes));
}
#else
static bool begin_sockets(void)
{
    return true;
}

static void end_sockets(void) {}

static bool would_block(void)
{
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

static const char *port_problem(void)
{
    return errno == EADDRINUSE ? "is in use" : errno == EACCES ? "is reserved" : "cannot be used";
}

static bool set_nonblocking(SOCKET socket)
{
    /* select has no place for higher ones. */
    return socket < FD_SETSIZE && fcntl(socket, F_SETFL, O_NONBLOCK) != -1 && fcntl(socket, F_SETFD, FD_CLOEXEC) != -1;
}

/* Also if an earlier server's connections are still being closed. */
static void claim_port(SOCKET socket)
{
    int yes = 1;
    setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
}
#endif

/* ---- Requests ---- */

/* The value of a header, or NULL; *bytes without the space around it. */
static const char *header_of(const char *request, const char *name, size_t *bytes)
{
    size_t length = strlen(name);

    for (const char *line = strstr(request, "\r\n"); line && strncmp(line, "\r\n\r\n", 4) != 0;
         line = strstr(line + 2, "\r\n")) {
        const char *value = line + 2 + length;
        if (_strnicmp(line + 2, name, length) != 0 || *value != ':')
            continue;
        value += 1 + strspn(value + 1, " \t");
        *bytes = strcspn(value, " \t\r\n");
        return value;
    }
    return NULL;
}

static bool is_own_host(const http_server *server, const char *request)
{
    static const char *const names[] = {"127.0.0.1", "localhost"};
    size_t bytes;
    const char *host = header_of(request, "Host", &bytes);

    for (size_t i = 0; host && i < sizeof(names) / sizeof(*names); i++) {
        char own[32];
        size_t length = (size_t)snprintf(own, sizeof(own), "%s:%u", names[i], (unsigned)server->port);
        if (bytes == length && !_strnicmp(host, own, length))
            return true;
        if (server->port == 80 && bytes == strlen(names[i]) && !_strnicmp(host, names[i], bytes))
            return true;
    }
    return false;
}

static char *copy_of(const char *text, size_t *bytes)
{
    char *copy = malloc(strlen(text) + 1);

    *bytes = copy ? strlen(text) : 0;
    return copy ? strcpy(copy, text) : NULL;
}

/* Sets the answer, with a text for the person who sees it if it is no success. */
static void set_answer(connection *connection, const char *status, const char *more, http_answer answer)
{
    enum { MOST_HEAD = 512 };

    if (!answer.body) {
        answer.type = "text/plain; charset=utf-8";
        answer.body = copy_of(status, &answer.bytes);
    }
    connection->answer = answer;
    connection->done = 0;
    connection->head = malloc(MOST_HEAD);
    if (connection->head)
        connection->head_bytes = (size_t)snprintf(connection->head, MOST_HEAD,
                                                  "HTTP/1.1 %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\n%s"
                                                  "Cache-Control: no-store\r\nConnection: close\r\n"
                                                  "X-Content-Type-Options: nosniff\r\nX-Frame-Options: DENY\r\n"
                                                  "Cross-Origin-Resource-Policy: same-origin\r\n\r\n",
                                                  status, answer.type, answer.bytes, more);
}

static void answer_request(http_server *server, connection *connection)
{
    static const char get[] = "GET ";
    const char *request = connection->request;
    char path[64];

    if (strncmp(request, get, sizeof(get) - 1) != 0) {
        set_answer(connection, "405 Method Not Allowed", "Allow: GET\r\n", (http_answer){0});
    } else if (!is_own_host(server, request)) {
        set_answer(connection, "403 Forbidden", "", (http_answer){0});
    } else {
        http_answer answer = {0};
        size_t length = strcspn(request + sizeof(get) - 1, " ?#\r\n");
        if (length < sizeof(path)) {
            snprintf(path, sizeof(path), "%.*s", (int)length, request + sizeof(get) - 1);
            answer = server->answer(server->context, path);
        }
        if (answer.body)
            set_answer(connection, "200 OK", "", answer);
        else
            set_answer(connection, answer.type ? "500 Internal Server Error" : "404 Not Found", "", answer);
    }
}

/* ---- Connections ---- */

static void hang_up(connection *connection)
{
    closesocket(connection->socket);
    free(connection->head);
    free(connection->answer.body);
    connection->socket = INVALID_SOCKET;
    connection->head = NULL;
    connection->answer = (http_answer){0};
}

static void accept_one(http_server *server)
{
    SOCKET accepted = accept(server->listener, NULL, NULL);
    connection *place = &server->connections[0];

    if (accepted == INVALID_SOCKET)
        return;
    if (!set_nonblocking(accepted)) {
        closesocket(accepted);
        return;
    }
    for (size_t i = 0; i < HTTP_CONNECTIONS && place->socket != INVALID_SOCKET; i++)
        if (server->connections[i].socket == INVALID_SOCKET || server->connections[i].age < place->age)
            place = &server->connections[i];
    if (place->socket != INVALID_SOCKET)
        hang_up(place);
    place->socket = accepted;
    place->age = ++server->accepted;
    place->done = 0;
}

static void receive(http_server *server, connection *connection)
{
    long got = (long)recv(connection->socket, connection->request + connection->done,
                          (socket_bytes)(HTTP_MOST_REQUEST - connection->done), 0);

    if (got <= 0) {
        if (got == 0 || !would_block())
            hang_up(connection);
        return;
    }
    connection->done += (size_t)got;
    connection->request[connection->done] = 0;
    if (strstr(connection->request, "\r\n\r\n"))
        answer_request(server, connection);
    else if (connection->done == HTTP_MOST_REQUEST)
        set_answer(connection, "431 Request Header Fields Too Large", "", (http_answer){0});
    if (connection->done == 0 && !connection->head)
        hang_up(connection); /* there was no memory for an answer */
}

static void transmit(connection *connection)
{
    size_t whole = connection->head_bytes + connection->answer.bytes, done = connection->done;
    bool in_head = done < connection->head_bytes;
    const char *from = in_head ? connection->head + done : connection->answer.body + (done - connection->head_bytes);
    size_t bytes = (in_head ? connection->head_bytes : whole) - done;
    long sent = (long)send(connection->socket, from, (socket_bytes)(bytes < 1 << 20 ? bytes : 1 << 20), MSG_NOSIGNAL);

    if (sent < 0) {
        if (!would_block())
            hang_up(connection);
        return;
    }
    connection->done += (size_t)sent;
    if (connection->done < whole)
        return;
    /* Says that this is all. What the client still sends is read until it closes, or until this place is needed:
     * closing with something unread would reset the connection, and the client lose the answer. */
    shutdown(connection->socket, 1);
    free(connection->head);
    free(connection->answer.body);
    connection->head = NULL;
    connection->answer = (http_answer){0};
    connection->done = HTTP_MOST_REQUEST + 1;
}

static void drain(connection *connection)
{
    char rest[1024];
    long got = (long)recv(connection->socket, rest, sizeof(rest), 0);

    if (got == 0 || (got < 0 && !would_block()))
        hang_up(connection);
}

static bool is_answered(const connection *connection)
{
    return !connection->head && connection->done > HTTP_MOST_REQUEST;
}

void http_server_serve(http_server *server, uint32_t milliseconds)
{
    struct timeval time = {.tv_sec = (long)(milliseconds / 1000), .tv_usec = (long)(milliseconds % 1000) * 1000};
    SOCKET highest = server->listener;
    fd_set readable, writable;

    FD_ZERO(&readable);
    FD_ZERO(&writable);
    FD_SET(server->listener, &readable);
    for (size_t i = 0; i < HTTP_CONNECTIONS; i++) {
        const connection *connection = &server->connections[i];
        if (connection->socket == INVALID_SOCKET)
            continue;
        FD_SET(connection->socket, connection->head ? &writable : &readable);
        if (highest < connection->socket)
            highest = connection->socket;
    }
    if (select((int)highest + 1, &readable, &writable, NULL, &time) <= 0)
        return;
    for (size_t i = 0; i < HTTP_CONNECTIONS; i++) {
        connection *connection = &server->connections[i];
        if (connection->socket == INVALID_SOCKET)
            continue;
        if (FD_ISSET(connection->socket, &writable))
            transmit(connection);
        else if (FD_ISSET(connection->socket, &readable) && is_answered(connection))
            drain(connection);
        else if (FD_ISSET(connection->socket, &readable))
            receive(server, connection);
    }
    if (FD_ISSET(server->listener, &readable))
        accept_one(server);
}

/* ---- Opening ---- */

static bool listen_on(http_server *server, uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    socket_length bytes = sizeof(address);

    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    server->listener = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP);
    if (server->listener == INVALID_SOCKET)
        return false;
    claim_port(server->listener);
    if (!set_nonblocking(server->listener) || bind(server->listener, (struct sockaddr *)&address, bytes) ||
        listen(server->listener, HTTP_CONNECTIONS) ||
        getsockname(server->listener, (struct sockaddr *)&address, &bytes)) {
        return false;
    }
    server->port = ntohs(address.sin_port);
    return true;
}

http_server *http_server_open(uint16_t port, http_answer (*answer)(void *context, const char *path), void *context)
{
    http_server *server = calloc(1, sizeof(*server));

    if (!server || !begin_sockets()) {
        free(server);
        trace_complain("there is no network for --follow");
        return NULL;
    }
    server->answer = answer;
    server->context = context;
    for (size_t i = 0; i < HTTP_CONNECTIONS; i++)
        server->connections[i].socket = INVALID_SOCKET;
    if (listen_on(server, port))
        return server;
    trace_complain("port %u of 127.0.0.1 %s", (unsigned)port, port_problem());
    if (server->listener != INVALID_SOCKET)
        closesocket(server->listener);
    end_sockets();
    free(server);
    return NULL;
}

uint16_t http_server_port(const http_server *server)
{
    return server->port;
}

void http_server_close(http_server *server)
{
    for (size_t i = 0; i < HTTP_CONNECTIONS; i++)
        if (server->connections[i].socket != INVALID_SOCKET)
            hang_up(&server->connections[i]);
    closesocket(server->listener);
    end_sockets();
    free(server);
}
