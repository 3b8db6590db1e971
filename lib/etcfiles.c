// SPDX-License-Identifier: Apache-2.0
#include "etcfiles.h"

#include <arpa/inet.h>
#include <string.h>

#include "io.h"
#include "localaddr.h"
#include "namespaces.h"
#include "networds.h"
#include "spec.h"
#include "version.h"

enum { LARGEST = 1024 * 1024 };

/* The host's file; one that is not there, or is no file, reads as empty. */
static void read_host_file(const char *path, struct buf *ret)
{
	struct err ignored;

	if (io_read_file(path, LARGEST, ret, &ignored) < 0)
		buf_free(ret);
	buf_add(ret, "", 0);
}

/* The next line of *text with its comment cut off, or NULL at the end. */
static char *next_line(char **text, const char *comments)
{
	char *line = strsep(text, "\n");

	if (line)
		line[strcspn(line, comments)] = '\0';
	return line;
}

/* ---- /etc/hosts ---------------------------------------------------------- */

/* Append "ADDRESS<tab>NAMES", less the names that have been given before (B254). */
static void add_host(const char *address, char *names, json_t *known, struct buf *to)
{
	const char *separator = "\t";
	size_t start = to->len;

	buf_text(to, address);
	for (char *name; (name = strsep(&names, " \t\r"));) {
		if (!*name || json_object_get(known, name))
			continue;
		buf_printf(to, "%s%s", separator, name);
		separator = " ";
	}
	if (*separator == '\t') { /* no names left */
		to->len = start;
		to->data[start] = '\0';
		return;
	}
	buf_char(to, '\n');
}

static void remember(json_t *known, const char *name)
{
	json_object_set_new(known, name, json_true());
}

/* The host's lines as they are, blanks and comments aside; *known gets their names. */
static void add_base_hosts(json_t *known, struct buf *to)
{
	auto_buf struct buf text = { 0 };
	char *rest, *line;

	read_host_file("/etc/hosts", &text);
	rest = text.data;
	while ((line = next_line(&rest, "#"))) {
		auto_free char *names = NULL;
		char *name, *each;

		line += strspn(line, " \t\r");
		name = line + strcspn(line, " \t\r");
		if (!*name)
			continue;
		*name++ = '\0';
		each = names = xstrdup(name);
		add_host(line, name, NULL, to);
		while ((name = strsep(&each, " \t\r")))
			if (*name)
				remember(known, name);
	}
}

/* "NAME:ADDRESS", which --add-host has checked (B255). */
static int add_asked(const json_t *entries, const char *local, json_t *known,
                     struct buf *to, struct err *err)
{
	const json_t *entry;
	size_t i;

	json_array_foreach(entries, i, entry) {
		const char *text = doc_string(entry), *colon = strchr(text, ':');
		auto_free char *name = xstrndup(text, colon ? (size_t)(colon - text) : 0);
		const char *address = colon ? colon + 1 : "";

		if (strcmp(address, "host-gateway") == 0)
			address = local;
		if (!*name || !address || !*address) {
			err_set(err, ERR_HOST, "%s: this host has no address to give",
			        text);
			return err_hint(err, "name an address instead of host-gateway");
		}
		buf_printf(to, "%s\t%s\n", address, name);
		remember(known, name);
	}
	return 0;
}

/* B254, in its order. */
static int hosts(const struct etc_context *context, struct buf *to, struct err *err)
{
	char v4[] = "localhost", v6[] = "localhost";
	char internal[] = "host.containers.internal host.docker.internal";
	const json_t *asked = json_object_get(context->step, "add");
	json_auto_t *known = json_object();
	auto_free char *local = localaddr_find(), *own = xstrdup(context->host_name);

	if (add_asked(asked, local, known, to, err) < 0)
		return -1;
	add_base_hosts(known, to);
	add_host("127.0.0.1", v4, known, to);
	add_host("::1", v6, known, to);
	if (local)
		add_host(local, internal, known, to);
	if (local && !namespaces_have(context->config, "network")) /* B258 */
		add_host(local, own, known, to);
	return 0;
}

/* ---- /etc/resolv.conf ---------------------------------------------------- */

struct resolver {
	struct buf servers; /* lines */
	char *search;       /* owned; the last one counts (B269) */
	char *options;
	bool filter; /* loopback addresses mean another machine in there (B267) */
};

static bool is_loopback(const char *address)
{
	return str_starts(address, "127.") || strcmp(address, "::1") == 0;
}

/* An IPv4 or IPv6 literal, perhaps with a zone. */
static bool is_address(const char *text)
{
	auto_free char *address = xstrndup(text, strcspn(text, "%"));
	unsigned char ignored[sizeof(struct in6_addr)];

	return inet_pton(AF_INET, address, ignored) == 1 ||
	       inet_pton(AF_INET6, address, ignored) == 1;
}

static void replace(char **text, const char *by)
{
	free(*text);
	*text = xstrdup(by);
}

static void resolver_line(struct resolver *resolver, char *line)
{
	char *value = line + strcspn(line, " \t");

	if (!*value)
		return;
	*value++ = '\0';
	value += strspn(value, " \t");
	value[strcspn(value, "\r")] = '\0';
	if (strcmp(line, "search") == 0)
		replace(&resolver->search, value);
	else if (strcmp(line, "options") == 0)
		replace(&resolver->options, value);
	if (strcmp(line, "nameserver") != 0)
		return;
	value[strcspn(value, " \t")] = '\0';
	if (is_address(value) && !(resolver->filter && is_loopback(value)))
		buf_printf(&resolver->servers, "nameserver %s\n", value);
}

/* A local stub of systemd or NetworkManager: the file it forwards to (B266). */
static const char *resolver_source(const char *text)
{
	const char *first = strstr(text, "nameserver ");

	if (!first || strstr(first + 1, "nameserver "))
		return NULL;
	if (str_starts(first, "nameserver 127.0.0.53"))
		return "/run/systemd/resolve/resolv.conf";
	if (str_starts(first, "nameserver 127.0.0.1\n"))
		return "/run/NetworkManager/no-stub-resolv.conf";
	return NULL;
}

/* Where ip-netns(8) has resolv.conf for the network namespace that is joined (B265). */
static void read_named(const json_t *config, struct buf *ret)
{
	const json_t *entry = namespaces_find(config, "network");
	const char *path = doc_string(json_object_get(entry, "path"));
	auto_free char *file = NULL;

	if (!path || str_starts(path, "/proc/"))
		return;
	file = xasprintf("/etc/netns/%s/resolv.conf", strrchr(path, '/') + 1);
	read_host_file(file, ret);
}

static void read_resolver(const json_t *config, struct buf *text, bool isolated)
{
	const char *source;

	read_named(config, text);
	if (text->len == 0)
		read_host_file("/etc/resolv.conf", text);
	source = isolated ? resolver_source(text->data) : NULL;
	if (source) {
		auto_buf struct buf real = { 0 };

		read_host_file(source, &real);
		if (real.len > 0) {
			buf_free(text);
			*text = real;
			real = (struct buf){ 0 };
		}
	}
}

/* What the host says, as far as a container can use it. */
static void read_host(const struct etc_context *context, struct resolver *resolver)
{
	auto_buf struct buf text = { 0 };
	char *rest, *line;

	read_resolver(context->config, &text, resolver->filter);
	rest = text.data;
	while ((line = next_line(&rest, "#")))
		resolver_line(resolver, line);
	if (resolver->filter && resolver->servers.len == 0 &&
	    json_array_size(json_object_get(context->step, "servers")) == 0)
		buf_text(&resolver->servers, "nameserver 8.8.8.8\nnameserver 8.8.4.4\n"
		                             "nameserver 2001:4860:4860::8888\n"
		                             "nameserver 2001:4860:4860::8844\n");
}

/* The words asked for, in one line; owned, or NULL if none were. */
static char *asked_words(const struct etc_context *context, const char *member)
{
	const json_t *list = json_object_get(context->step, member), *word;
	auto_buf struct buf text = { 0 };
	size_t i;

	if (json_array_size(list) == 0)
		return NULL;
	json_array_foreach(list, i, word)
		buf_printf(&text, "%s%s", i ? " " : "", doc_string(word));
	return buf_steal(&text);
}

static void replace_new(char **text, char *by)
{
	if (!by)
		return;
	free(*text);
	*text = by;
}

/* What was asked for takes the place of the host's (B262, B268). */
static void take_asked(const struct etc_context *context, struct resolver *resolver)
{
	const json_t *servers = json_object_get(context->step, "servers"), *server;
	const json_t *searches = json_object_get(context->step, "searches");
	size_t i;

	if (json_array_size(servers) > 0)
		buf_free(&resolver->servers);
	json_array_foreach(servers, i, server)
		buf_printf(&resolver->servers, "nameserver %s\n", doc_string(server));
	replace_new(&resolver->search, asked_words(context, "searches"));
	if (spec_list_has(searches, "."))
		replace(&resolver->search, ".");
	replace_new(&resolver->options, asked_words(context, "options"));
}

static bool network_is(const struct etc_context *context, const char *mode)
{
	return str_equal(doc_string(json_object_get(context->network, "mode")), mode);
}

/* slirp4netns answers names itself, and first (B263). */
static void add_slirp_server(const struct etc_context *context, struct resolver *resolver)
{
	auto_free char *address = network_slirp_address(context->network, 3);

	buf_printf(&resolver->servers, "nameserver %s\n", address);
}

static int resolv_conf(const struct etc_context *context, struct buf *to,
                       struct err *err UNUSED)
{
	struct resolver resolver = { .filter =
		                             namespaces_have(context->config, "network") };
	bool user_mode = network_is(context, "slirp4netns") || network_is(context, "pasta");

	if (network_is(context, "slirp4netns"))
		add_slirp_server(context, &resolver);
	/* Where there is no network the host's servers are nobody's business. */
	if (!network_is(context, "none"))
		read_host(context, &resolver);
	/* Names in there are not to end in the domain of this machine unasked. */
	if (user_mode)
		replace_new(&resolver.search, xstrdup(""));
	take_asked(context, &resolver);
	if (resolver.search && *resolver.search && strcmp(resolver.search, ".") != 0)
		buf_printf(to, "search %s\n", resolver.search);
	buf_add(to, resolver.servers.data, resolver.servers.len);
	if (resolver.options && *resolver.options)
		buf_printf(to, "options %s\n", resolver.options);
	buf_free(&resolver.servers);
	free(resolver.search);
	free(resolver.options);
	return 0;
}

/* ---- the others ---------------------------------------------------------- */

static int hostname(const struct etc_context *context, struct buf *to,
                    struct err *err UNUSED)
{
	buf_printf(to, "%s\n", context->host_name);
	return 0;
}

/* B273; the names are checked, so that none needs quoting. */
static int containerenv(const struct etc_context *context, struct buf *to,
                        struct err *err UNUSED)
{
	buf_printf(to, "\nengine=\"ocipipe-%s\"\nname=\"%s\"\nid=\"%s\"\nimage=\"\"\n",
	           version_text, context->name, context->name);
	buf_printf(to, "imageid=\"\"\nrootless=%d\n", context->rootless);
	return 0;
}

int etc_file(const char *kind, const struct etc_context *context, struct buf *ret,
             struct err *err)
{
	static const struct {
		const char *kind;
		int (*make)(const struct etc_context *context, struct buf *to,
		            struct err *err);
	} files[] = {
		{ "hosts", hosts },
		{ "hostname", hostname },
		{ "resolv.conf", resolv_conf },
		{ "containerenv", containerenv },
	};

	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		if (strcmp(files[i].kind, kind) == 0) {
			buf_add(ret, "", 0);
			return files[i].make(context, ret, err);
		}
	}
	return err_set(err, ERR_INPUT, "there is no generated file '%s'", kind);
}
