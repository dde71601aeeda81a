//! Every operation of the client, with what it requires.

use core::pin::Pin;

use aws_sdk_neptunedata::Client;
use aws_sdk_neptunedata::error::{DisplayErrorContext, SdkError};
use aws_sdk_neptunedata::types::{Action, Format, OpenCypherExplainMode, S3BucketRegion};

/// One call: why there was no answer, if there was none.
pub(crate) type Call = Pin<Box<dyn Future<Output = Result<(), String>>>>;

pub(crate) const COUNT: usize = 48;

/// In the order of their names. Nothing is sent before a call is awaited.
pub(crate) fn all(client: &Client) -> [Call; COUNT] {
    [
        call(client.cancel_gremlin_query().query_id(ID).send()),
        call(client.cancel_index_rebuild().rebuild_id(ID).send()),
        call(client.cancel_loader_job().load_id(ID).send()),
        call(client.cancel_ml_data_processing_job().id(ID).neptune_iam_role_arn(TEXT).send()),
        call(client.cancel_ml_model_training_job().id(ID).send()),
        call(client.cancel_ml_model_transform_job().id(ID).send()),
        call(client.cancel_open_cypher_query().query_id(ID).send()),
        call(client.create_ml_endpoint().send()),
        call(client.delete_ml_endpoint().id(ID).send()),
        call(client.delete_propertygraph_statistics().send()),
        call(client.delete_sparql_statistics().send()),
        call(client.execute_fast_reset().action(Action::InitializeReset).send()),
        call(client.execute_gremlin_explain_query().gremlin_query(TEXT).send()),
        call(client.execute_gremlin_profile_query().gremlin_query(TEXT).send()),
        call(client.execute_gremlin_query().gremlin_query(TEXT).send()),
        call(
            client
                .execute_open_cypher_explain_query()
                .open_cypher_query(TEXT)
                .explain_mode(OpenCypherExplainMode::Static)
                .send(),
        ),
        call(client.execute_open_cypher_query().open_cypher_query(TEXT).send()),
        call(client.get_engine_status().send()),
        call(client.get_gremlin_query_status().query_id(ID).send()),
        call(client.get_index_rebuild_status().rebuild_id(ID).send()),
        call(client.get_loader_job_status().load_id(ID).details(true).page(3).send()),
        call(client.get_ml_data_processing_job().id(ID).send()),
        call(client.get_ml_endpoint().id(ID).send()),
        call(client.get_ml_model_training_job().id(ID).send()),
        call(client.get_ml_model_transform_job().id(ID).send()),
        call(client.get_open_cypher_query_status().query_id(ID).send()),
        call(client.get_propertygraph_statistics().send()),
        call(client.get_propertygraph_stream().send()),
        call(client.get_propertygraph_summary().send()),
        call(client.get_rdf_graph_summary().send()),
        call(client.get_sparql_statistics().send()),
        call(client.get_sparql_stream().send()),
        call(client.get_storage_info().send()),
        call(client.list_gremlin_queries().send()),
        call(client.list_index_rebuilds().send()),
        call(client.list_loader_jobs().send()),
        call(client.list_ml_data_processing_jobs().send()),
        call(client.list_ml_endpoints().send()),
        call(client.list_ml_model_training_jobs().send()),
        call(client.list_ml_model_transform_jobs().send()),
        call(client.list_open_cypher_queries().send()),
        call(client.manage_propertygraph_statistics().send()),
        call(client.manage_sparql_statistics().send()),
        call(client.start_index_rebuild().send()),
        call(
            client
                .start_loader_job()
                .source("s3://bucket/a")
                .format(Format::Csv)
                .s3_bucket_region(S3BucketRegion::UsEast1)
                .iam_role_arn("arn:aws:iam::123456789012:role/a")
                .send(),
        ),
        call(
            client
                .start_ml_data_processing_job()
                .input_data_s3_location("s3://bucket/a")
                .processed_data_s3_location("s3://bucket/b")
                .send(),
        ),
        call(
            client
                .start_ml_model_training_job()
                .data_processing_job_id(ID)
                .train_model_s3_location("s3://bucket/a")
                .send(),
        ),
        call(
            client
                .start_ml_model_transform_job()
                .model_transform_output_s3_location("s3://bucket/a")
                .send(),
        ),
    ]
}

/// What the answer says is not looked at: the stand-in's `{}` is no answer of most operations.
pub(crate) fn call<T, E, F>(sent: F) -> Call
where
    E: std::error::Error + 'static,
    F: Future<Output = Result<T, SdkError<E>>> + 'static,
{
    Box::pin(async {
        match sent.await {
            Err(error) if error.raw_response().is_none() => {
                Err(DisplayErrorContext(error).to_string())
            }
            _ => Ok(()),
        }
    })
}

/// SignedRequest as a part of a path, where it must be encoded.
const ID: &str = "a b/c+é'()*!~%2F";
/// SignedRequest in a body or a query.
const TEXT: &str = "g.V('a +/é&=%')";
