"""The embedded stores, opened together: one SQLite file, the bars, and the relay of the outbox."""

from __future__ import annotations

from dataclasses import dataclass

from jts.adapters.sql.schema import migrations
from jts.adapters.sql.sqlite.access_store import SqliteAccessStore
from jts.adapters.sql.sqlite.database import SqliteDatabase
from jts.adapters.sql.sqlite.document_store import SqliteDocumentStore
from jts.adapters.sql.sqlite.order_store import SqliteOrderStore
from jts.adapters.sql.sqlite.outbox import SqliteOutbox
from jts.adapters.sql.sqlite.paper_book import SqlitePaperBook
from jts.adapters.sql.sqlite.portfolio_store import SqlitePortfolioStore
from jts.adapters.sql.sqlite.risk_store import SqliteRiskStore
from jts.adapters.sql.sqlite.series_catalog import SqliteSeriesCatalog
from jts.adapters.sql.sqlite.strategy_store import SqliteStrategyStore
from jts.adapters.timeseries.chdb_store import ChdbBarStore
from jts.ports.clock import Clock
from jts.runtime.home import Home


@dataclass(frozen=True, slots=True, kw_only=True)
class Stores:
    """Every store of the embedded profile."""

    database: SqliteDatabase
    outbox: SqliteOutbox
    orders: SqliteOrderStore
    risk: SqliteRiskStore
    portfolio: SqlitePortfolioStore
    paper: SqlitePaperBook
    access: SqliteAccessStore
    strategies: SqliteStrategyStore
    documents: SqliteDocumentStore
    series: SqliteSeriesCatalog
    bars: ChdbBarStore


def open_stores(home: Home, clock: Clock) -> Stores:
    """Open and migrate the database; the bars are opened by their own `open`, since that takes longer.

    Errors: StoreUnavailable, StoreCorrupt, each with the next step.
    """
    database = SqliteDatabase(home.database)
    database.open(migrations())
    return Stores(
        database=database,
        outbox=SqliteOutbox(database),
        orders=SqliteOrderStore(database),
        risk=SqliteRiskStore(database),
        portfolio=SqlitePortfolioStore(database),
        paper=SqlitePaperBook(database),
        access=SqliteAccessStore(database),
        strategies=SqliteStrategyStore(database),
        documents=SqliteDocumentStore(database, clock),
        series=SqliteSeriesCatalog(database),
        bars=ChdbBarStore(home.bars),
    )
