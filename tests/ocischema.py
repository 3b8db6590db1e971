"""ocischema.py - the official JSON schema of the runtime-spec, for tests

It is not part of the project: it is looked for in $RUNTIME_SPEC_SCHEMA, and
beside the project in shared/data/runtime-spec-schema.
"""
import json
import os

HERE = os.path.dirname(os.path.abspath(__file__))
FILE = "config-schema.json"

# Of Windows alone.
ELSEWHERE = ("/process/user/username", "/process/commandLine", "/windows", "/solaris", "/vm", "/zos", "/freebsd")


def directory():
    for path in (os.environ.get("RUNTIME_SPEC_SCHEMA"),
                 os.path.join(HERE, "../../shared/data/runtime-spec-schema"),
                 os.path.join(HERE, "../../../shared/data/runtime-spec-schema")):
        if path and os.path.isfile(os.path.join(path, FILE)):
            return os.path.abspath(path)
    return None


def load(more=None):
    """A Schema, or None if there are no files or no validator; more: of other top-level members."""
    path = directory()
    try:
        import jsonschema
    except ImportError:
        return None
    return Schema(path, jsonschema, more or {}) if path else None


class Schema:
    def __init__(self, path, jsonschema, more):
        self.files = {}
        for name in os.listdir(path):
            if name.endswith(".json"):
                with open(os.path.join(path, name), encoding="utf-8") as f:
                    self.files[name] = json.load(f)
        base = "file://%s/" % path
        store = {base + name: schema for name, schema in self.files.items()}
        self.top = self.files[FILE]
        self.top["properties"].update(more)
        # 1.0 is an integer to JSON schema, but not to Go and not here.
        plain = jsonschema.Draft4Validator
        checker = plain.TYPE_CHECKER.redefine(
            "integer", lambda _, value: isinstance(value, int) and not isinstance(value, bool))
        validator = jsonschema.validators.extend(plain, type_checker=checker)
        resolver = jsonschema.RefResolver(base + FILE, self.top, store)
        self.validator = validator(self.top, resolver=resolver)

    def problem(self, document):
        """What is wrong first, in a line, or None."""
        for error in self.validator.iter_errors(document):
            return "/%s: %s" % ("/".join(map(str, error.absolute_path)), error.message[:200])
        return None

    def resolve(self, schema, name):
        """Follow $ref; the file that it leads to is needed for the next one."""
        while "$ref" in schema:
            file, _, pointer = schema["$ref"].partition("#")
            name = file or name
            schema = self.files[name]
            for token in pointer.strip("/").split("/"):
                schema = schema[token]
        return schema, name

    def nodes(self, schema=None, name=FILE, at=""):
        """(pointer, schema) of every property, "*" for an entry of a list or map."""
        schema, name = self.resolve(self.top if schema is None else schema, name)
        if at in ELSEWHERE:
            return
        yield at, schema
        for part in schema.get("allOf", []) + schema.get("anyOf", []):
            for pointer, below in self.nodes(part, name, at):
                if pointer != at:
                    yield pointer, below
        for member, below in schema.get("properties", {}).items():
            yield from self.nodes(below, name, at + "/" + member)
        for entry in ("items", "additionalProperties"):
            if isinstance(schema.get(entry), dict):
                yield from self.nodes(schema[entry], name, at + "/*")

    def leaves(self):
        """The pointers of all leaves; a list of strings or numbers is one."""
        nodes = dict(self.nodes())
        for pointer in nodes:
            inner = [p for p in nodes if p.startswith(pointer + "/")]
            plain = inner == [pointer + "/*"]
            if (not inner or plain) and not pointer.endswith("/*"):
                yield pointer.replace("/timeOffsets/boottime", "/timeOffsets/*").replace(
                    "/timeOffsets/monotonic", "/timeOffsets/*")
