//! The tables: what drivers ask about a cluster of one node that stores nothing.

use std::net::Ipv4Addr;

/// A type of CQL.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Kind {
    Blob,
    Boolean,
    Inet,
    Int,
    Text,
    TextList,
    TextMap,
    TextSet,
    Uuid,
}

pub(super) enum Value {
    Boolean(bool),
    Inet(Ipv4Addr),
    Text(String),
    TextMap(&'static [(&'static str, &'static str)]),
    TextSet(&'static [&'static str]),
    Uuid(u128),
}

pub(super) struct Column {
    pub(super) name: &'static str,
    pub(super) kind: Kind,
}

pub(super) struct Table {
    pub(super) keyspace: &'static str,
    pub(super) name: &'static str,
    pub(super) columns: Vec<Column>,
    /// Each has a value for each column.
    pub(super) rows: Vec<Vec<Value>>,
}

/// Returns all tables, with the columns of Cassandra 3.11, as Keyspaces has them. Drivers of Scylla read no others.
pub(super) fn tables(region: &str) -> Vec<Table> {
    let text = |text: &str| Value::Text(text.to_owned());
    let address = || Value::Inet(Ipv4Addr::LOCALHOST);
    let mut local = Some(vec![
        text("local"),
        text("COMPLETED"),
        address(),
        text("countersign-testkit"),
        text("3.4.4"),
        text(region),
        Value::Uuid(0x5ead_1a00_0000_4000_8000_0000_0000_0001),
        address(),
        text("4"),
        text("org.apache.cassandra.dht.Murmur3Partitioner"),
        text("a"),
        text("3.11.2"),
        address(),
        Value::Uuid(0x5ead_1a00_0000_4000_8000_0000_0000_0002),
        Value::TextSet(&["0"]),
    ]);
    let keyspaces = ["system", "system_schema", "system_schema_mcs", "example"];
    let keyspace = |name| vec![text(name), Value::Boolean(true), Value::TextMap(&REPLICATION)];
    TABLES
        .iter()
        .map(|(keyspace_name, name, columns)| Table {
            keyspace: keyspace_name,
            name,
            columns: columns.split(", ").filter_map(column).collect(),
            rows: match *name {
                "local" => local.take().into_iter().collect(),
                "keyspaces" => keyspaces.into_iter().map(keyspace).collect(),
                _ => Vec::new(),
            },
        })
        .collect()
}

fn column(text: &'static str) -> Option<Column> {
    let (name, kind) = text.split_once(' ')?;
    let kind = match kind {
        "blob" => Kind::Blob,
        "boolean" => Kind::Boolean,
        "inet" => Kind::Inet,
        "int" => Kind::Int,
        "list<text>" => Kind::TextList,
        "map<text,text>" => Kind::TextMap,
        "set<text>" => Kind::TextSet,
        "uuid" => Kind::Uuid,
        _ => Kind::Text,
    };
    Some(Column { name, kind })
}

const REPLICATION: [(&str, &str); 2] =
    [("class", "org.apache.cassandra.locator.SimpleStrategy"), ("replication_factor", "3")];

/// Keyspaces, tables and their columns.
const TABLES: [(&str, &str, &str); 12] = [
    (
        "system",
        "local",
        "key text, bootstrapped text, broadcast_address inet, cluster_name text, cql_version text, data_center text, \
         host_id uuid, listen_address inet, native_protocol_version text, partitioner text, rack text, \
         release_version text, rpc_address inet, schema_version uuid, tokens set<text>",
    ),
    (
        "system",
        "peers",
        "peer inet, data_center text, host_id uuid, preferred_ip inet, rack text, release_version text, \
         rpc_address inet, schema_version uuid, tokens set<text>",
    ),
    (
        "system_schema",
        "keyspaces",
        "keyspace_name text, durable_writes boolean, replication map<text,text>",
    ),
    ("system_schema", "tables", "keyspace_name text, table_name text, flags set<text>, id uuid"),
    (
        "system_schema",
        "columns",
        "keyspace_name text, table_name text, column_name text, clustering_order text, column_name_bytes blob, \
         kind text, position int, type text",
    ),
    (
        "system_schema",
        "types",
        "keyspace_name text, type_name text, field_names list<text>, field_types list<text>",
    ),
    (
        "system_schema",
        "views",
        "keyspace_name text, view_name text, base_table_id uuid, base_table_name text, where_clause text, \
         include_all_columns boolean",
    ),
    (
        "system_schema",
        "indexes",
        "keyspace_name text, table_name text, index_name text, kind text, options map<text,text>",
    ),
    (
        "system_schema",
        "triggers",
        "keyspace_name text, table_name text, trigger_name text, options map<text,text>",
    ),
    (
        "system_schema",
        "functions",
        "keyspace_name text, function_name text, argument_types list<text>, argument_names list<text>, body text, \
         called_on_null_input boolean, language text, return_type text",
    ),
    (
        "system_schema",
        "aggregates",
        "keyspace_name text, aggregate_name text, argument_types list<text>, final_func text, initcond text, \
         return_type text, state_func text, state_type text",
    ),
    (
        "system_schema",
        "dropped_columns",
        "keyspace_name text, table_name text, column_name text, type text",
    ),
];
