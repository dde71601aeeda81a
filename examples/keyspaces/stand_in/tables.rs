//! What there is to read: what drivers want to know of a cluster of one node that holds nothing.

use std::net::Ipv4Addr;

/// A type of CQL.
#[derive(Clone, Copy)]
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
    Text(&'static str),
    TextMap(&'static [(&'static str, &'static str)]),
    TextSet(&'static [&'static str]),
    Uuid(u128),
}

pub(super) struct Table {
    pub(super) keyspace: &'static str,
    pub(super) name: &'static str,
    pub(super) columns: &'static [(&'static str, Kind)],
    /// Each with a value for each column; whatever is missing at its end is null.
    pub(super) rows: &'static [&'static [Value]],
}

pub(super) fn find(keyspace: &str, name: &str) -> Option<&'static Table> {
    TABLES.iter().find(|table| table.keyspace == keyspace && table.name == name)
}

const fn table(
    keyspace: &'static str,
    name: &'static str,
    columns: &'static [(&'static str, Kind)],
    rows: &'static [&'static [Value]],
) -> Table {
    Table { keyspace, name, columns, rows }
}

const HOST: Value = Value::Uuid(0x5ead_1a00_0000_4000_8000_0000_0000_0001);
const SCHEMA: Value = Value::Uuid(0x5ead_1a00_0000_4000_8000_0000_0000_0002);
const ADDRESS: Value = Value::Inet(Ipv4Addr::LOCALHOST);
const REPLICATION: Value = Value::TextMap(&[
    ("class", "org.apache.cassandra.locator.SimpleStrategy"),
    ("replication_factor", "3"),
]);

use Kind::{Blob, Boolean, Inet, Int, Text, TextList, TextMap, TextSet, Uuid};

/// In the columns of Cassandra 3.11, as Keyspaces has them, and drivers of Scylla's look for no others.
static TABLES: [Table; 12] = [
    table(
        "system",
        "local",
        &[
            ("key", Text),
            ("bootstrapped", Text),
            ("broadcast_address", Inet),
            ("cluster_name", Text),
            ("cql_version", Text),
            ("data_center", Text),
            ("host_id", Uuid),
            ("listen_address", Inet),
            ("native_protocol_version", Text),
            ("partitioner", Text),
            ("rack", Text),
            ("release_version", Text),
            ("rpc_address", Inet),
            ("schema_version", Uuid),
            ("tokens", TextSet),
        ],
        &[&[
            Value::Text("local"),
            Value::Text("COMPLETED"),
            ADDRESS,
            Value::Text("a stand-in for Amazon Keyspaces"),
            Value::Text("3.4.4"),
            Value::Text(super::REGION),
            HOST,
            ADDRESS,
            Value::Text("4"),
            Value::Text("org.apache.cassandra.dht.Murmur3Partitioner"),
            Value::Text("a"),
            Value::Text("3.11.2"),
            ADDRESS,
            SCHEMA,
            Value::TextSet(&["0"]),
        ]],
    ),
    table(
        "system",
        "peers",
        &[
            ("peer", Inet),
            ("data_center", Text),
            ("host_id", Uuid),
            ("preferred_ip", Inet),
            ("rack", Text),
            ("release_version", Text),
            ("rpc_address", Inet),
            ("schema_version", Uuid),
            ("tokens", TextSet),
        ],
        &[],
    ),
    table(
        SYSTEM_SCHEMA,
        "keyspaces",
        &[("keyspace_name", Text), ("durable_writes", Boolean), ("replication", TextMap)],
        &[
            &[Value::Text("system"), Value::Boolean(true), REPLICATION],
            &[Value::Text("system_schema"), Value::Boolean(true), REPLICATION],
            &[Value::Text("system_schema_mcs"), Value::Boolean(true), REPLICATION],
            &[Value::Text("example"), Value::Boolean(true), REPLICATION],
        ],
    ),
    table(
        SYSTEM_SCHEMA,
        "tables",
        &[("keyspace_name", Text), ("table_name", Text), ("flags", TextSet), ("id", Uuid)],
        &[],
    ),
    table(
        SYSTEM_SCHEMA,
        "columns",
        &[
            ("keyspace_name", Text),
            ("table_name", Text),
            ("column_name", Text),
            ("clustering_order", Text),
            ("column_name_bytes", Blob),
            ("kind", Text),
            ("position", Int),
            ("type", Text),
        ],
        &[],
    ),
    table(
        SYSTEM_SCHEMA,
        "types",
        &[
            ("keyspace_name", Text),
            ("type_name", Text),
            ("field_names", TextList),
            ("field_types", TextList),
        ],
        &[],
    ),
    table(
        SYSTEM_SCHEMA,
        "views",
        &[
            ("keyspace_name", Text),
            ("view_name", Text),
            ("base_table_id", Uuid),
            ("base_table_name", Text),
            ("where_clause", Text),
            ("include_all_columns", Boolean),
        ],
        &[],
    ),
    table(
        SYSTEM_SCHEMA,
        "indexes",
        &[
            ("keyspace_name", Text),
            ("table_name", Text),
            ("index_name", Text),
            ("kind", Text),
            ("options", TextMap),
        ],
        &[],
    ),
    table(
        SYSTEM_SCHEMA,
        "triggers",
        &[
            ("keyspace_name", Text),
            ("table_name", Text),
            ("trigger_name", Text),
            ("options", TextMap),
        ],
        &[],
    ),
    table(
        SYSTEM_SCHEMA,
        "functions",
        &[
            ("keyspace_name", Text),
            ("function_name", Text),
            ("argument_types", TextList),
            ("argument_names", TextList),
            ("body", Text),
            ("called_on_null_input", Boolean),
            ("language", Text),
            ("return_type", Text),
        ],
        &[],
    ),
    table(
        SYSTEM_SCHEMA,
        "aggregates",
        &[
            ("keyspace_name", Text),
            ("aggregate_name", Text),
            ("argument_types", TextList),
            ("final_func", Text),
            ("initcond", Text),
            ("return_type", Text),
            ("state_func", Text),
            ("state_type", Text),
        ],
        &[],
    ),
    table(
        SYSTEM_SCHEMA,
        "dropped_columns",
        &[("keyspace_name", Text), ("table_name", Text), ("column_name", Text), ("type", Text)],
        &[],
    ),
];

const SYSTEM_SCHEMA: &str = "system_schema";
