# Thin names over the real commands. STACK=native or STACK=docker chooses how the system runs (deploy/local/run).
.DEFAULT_GOAL := help
RESILIENCE = deploy/local/bootstrap.sh && .venv/bin/python -m tests.resilience
.PHONY: help up down stop start restart chaos controls rolling outage rounds fuzz audit bench-admin dev status logs scale seed admin reset test lint format unit integration contract gateway-test e2e resilience browser web install

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

restart: ## restart replicas in turn, without a failed request where there are two or more: SERVICE=booking-api
	@deploy/local/run restart "$(SERVICE)"

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

lint unit integration contract e2e resilience browser: ## only this part of the tests
	@deploy/local/test.sh $@

chaos: ## kill, freeze and cut off every part under load, and judge: SEED=1 MINUTES=30 KILLS=50 RATE=100
	@$(RESILIENCE) chaos $(if $(SEED),--seed $(SEED)) --minutes $(or $(MINUTES),30) --kills $(or $(KILLS),50) --rate $(or $(RATE),100)

controls: ## take safeguards away, one at a time, and see that the judge of make chaos finds it
	@$(RESILIENCE) controls --rate $(or $(RATE),100)

rolling: ## restart every replica of every service in turn under load: ROUNDS=20 RATE=100
	@$(RESILIENCE) rolling --rounds $(or $(ROUNDS),20) --rate $(or $(RATE),100)

outage: ## take the broker or the database away for minutes under load: PART=rabbitmq MINUTES=3 RATE=100
	@$(RESILIENCE) outage --part $(or $(PART),rabbitmq) --minutes $(or $(MINUTES),3) --rate $(or $(RATE),100)

rounds: ## races, properties and the stateful model, long: 200 rounds, 1,000 keys, 1,000 seeds, 10,000 steps
	@RACE_ROUNDS=200 RACE_KEYS=1000 PROPERTY_SEEDS=1000 STATEFUL_STEPS=40000 deploy/local/test.sh rounds

fuzz: ## random requests to every operation as everybody, long: EXAMPLES=100 MINUTES=10 (for each of four) SEED=1
	@FUZZ_EXAMPLES=$(or $(EXAMPLES),100) FUZZ_SECONDS=$$(( $(or $(MINUTES),10) * 60 )) FUZZ_SEED=$(or $(SEED),1) deploy/local/test.sh fuzz

audit: ## known vulnerabilities in dependencies, secrets in what git keeps
	@deploy/local/test.sh audit

bench-admin: ## how long an admin waits for each list, over 100,000 accounts and 1,000,000 bookings
	@deploy/local/bootstrap.sh && .venv/bin/python -m bench.admin

gateway-test:
	@deploy/local/test.sh gateway

format: ## rewrite the code in its one form
	@.venv/bin/ruff check --fix . && .venv/bin/ruff format .
