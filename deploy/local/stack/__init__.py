"""The marketplace as native processes, private to one checkout, under supervisor.

    PYTHONPATH=deploy/local .venv/bin/python -m stack up | down | status | logs | scale | dev | seed | reset

Everything lives in a state folder, `.local/` of the checkout unless `--state` names another:

    settings.json    which parts run and in how many replicas
    ports.json       chosen free at the first start, kept afterwards
    secrets.json     passwords and keys, made at the first start (mode 600)
    seeded           exists once the demo data is in
    supervisor/      configuration, pid file and (when the path is short enough) control socket of supervisord
    programs/        one script per process: its environment and its command; can be run by hand
    upstreams/       the gateway's lists of replicas
    postgres/        configuration and data/
    rabbitmq/        configuration, node data, cookie
    nginx/           rendered configuration, static files, temporary files
    logs/            one file per process, rotated by supervisor
    run/             working directory of the services

A process belongs to a state folder when its environment says so (`MARKETPLACE_STATE`), or, for servers that overwrite
their environment, when it works inside that folder. Nothing else is ever stopped.
"""
