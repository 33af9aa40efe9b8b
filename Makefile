# Thin names over the real commands. STACK=native or STACK=docker chooses how the system runs (deploy/local/run).
.DEFAULT_GOAL := help
.PHONY: help up down stop start dev status logs scale seed admin reset test lint format unit integration contract gateway-test e2e browser web install

help: ## show this
	@sed -n 's/^\([a-z0-9-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 16

up: ## start everything (or bring it up to date) and wait until it answers; GATEWAY_PORT=8000
	@deploy/local/run up

down: ## stop everything, keep the data
	@deploy/local/run down

dev: ## the same in the foreground: reload on change, logs, until Ctrl-C
	@deploy/local/run dev $(if $(SERVICE),--service $(SERVICE))

status: ## what runs
	@deploy/local/run status

logs: ## follow the logs; SERVICE=booking
	@deploy/local/run logs $(SERVICE)

scale: ## run more or fewer replicas: SERVICE=booking-api N=3
	@deploy/local/run scale "$(SERVICE)" "$(N)"

web: ## the web app's pages in development, on port 3000, against the gateway that runs (API_URL=http://localhost:8000)
	@deploy/local/frontend.sh packages && cd frontend && npm run dev

stop: ## stop one part until it is started again: SERVICE=rabbitmq
	@deploy/local/run stop "$(SERVICE)"

start: ## start one part again: SERVICE=rabbitmq
	@deploy/local/run start "$(SERVICE)"

seed: ## enter the demo data (again)
	@deploy/local/run seed

admin: ## open an admin's account: EMAIL=you@example.com NAME=you; asks for the password
	@test -n "$(EMAIL)" -a -n "$(NAME)" || { echo "Usage: make admin EMAIL=you@example.com NAME=you" >&2; exit 2; }
	@deploy/local/run run identity create-admin --email "$(EMAIL)" --username "$(NAME)"

reset: ## stop everything and delete the data; FORCE=1 doesn't ask
	@deploy/local/run reset $(if $(FORCE),--force)

install: ## install what is needed, start nothing
	@deploy/local/bootstrap.sh

test: ## lint and every suite
	@deploy/local/test.sh

lint unit integration contract e2e browser: ## only this part of the tests
	@deploy/local/test.sh $@

gateway-test:
	@deploy/local/test.sh gateway

format: ## rewrite the code in its one form
	@.venv/bin/ruff check --fix . && .venv/bin/ruff format .
