"""Runs moto as a server of its own: prints `ready URL` and serves until it is terminated.

It is a process of its own because moto hooks into botocore when it is imported, and because here it
is kept from dialling anything but this machine.
"""

import os
import sys
import types

# The images that moto would load are not looked at, and take seconds.
os.environ.update(AWS_EC2_METADATA_DISABLED="true", MOTO_EC2_LOAD_DEFAULT_AMIS="false")


def stay_here(event, arguments):
    """An audit hook that refuses connections to anything but 127.0.0.0/8."""
    if event == "socket.connect" and isinstance(arguments[1], tuple) and not arguments[1][0].startswith("127."):
        raise PermissionError(f"moto wants to connect to {arguments[1]}")


def without_validator():
    """Lets moto load its REST APIs, which share a host with its HTTP APIs, without the validator that
    only the import of a REST API needs and that brings a dozen packages."""
    package = "openapi_spec_validator"
    for name, members in (
        (package, {"validate": None}),
        (f"{package}.validation", {}),
        (f"{package}.validation.exceptions", {"OpenAPIValidationError": Exception}),
    ):
        sys.modules[name] = types.ModuleType(name)
        vars(sys.modules[name]).update(members)


def main():
    without_validator()
    from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
    from werkzeug.serving import make_server

    def honest(service):
        """A service's app that answers 501, not 500, to what it does not implement."""
        app = create_backend_app(service)
        app.register_error_handler(NotImplementedError, lambda error: (str(error), 501))
        return app

    sys.addaudithook(stay_here)
    server = make_server(
        "127.0.0.1", 0, DomainDispatcherApplication(honest), threaded=True, request_handler=MotoRequestHandler
    )
    print(f"ready http://127.0.0.1:{server.port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
