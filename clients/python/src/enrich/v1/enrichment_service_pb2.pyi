from enrich.v1 import common_pb2 as _common_pb2
from enrich.v1 import entity_service_pb2 as _entity_service_pb2
from enrich.v1 import language_service_pb2 as _language_service_pb2
from enrich.v1 import topic_service_pb2 as _topic_service_pb2
from google.rpc import status_pb2 as _status_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class EnrichRequest(_message.Message):
    __slots__ = ("id", "text", "offset_unit", "private", "language", "features", "require", "language_options", "entity_options", "topic_options")
    ID_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    OFFSET_UNIT_FIELD_NUMBER: _ClassVar[int]
    PRIVATE_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    FEATURES_FIELD_NUMBER: _ClassVar[int]
    REQUIRE_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_OPTIONS_FIELD_NUMBER: _ClassVar[int]
    ENTITY_OPTIONS_FIELD_NUMBER: _ClassVar[int]
    TOPIC_OPTIONS_FIELD_NUMBER: _ClassVar[int]
    id: str
    text: str
    offset_unit: _common_pb2.OffsetUnit
    private: bool
    language: str
    features: _containers.RepeatedScalarFieldContainer[_common_pb2.Feature]
    require: _containers.RepeatedScalarFieldContainer[_common_pb2.Feature]
    language_options: _language_service_pb2.LanguageOptions
    entity_options: _entity_service_pb2.EntityOptions
    topic_options: _topic_service_pb2.TopicOptions
    def __init__(self, id: _Optional[str] = ..., text: _Optional[str] = ..., offset_unit: _Optional[_Union[_common_pb2.OffsetUnit, str]] = ..., private: bool = ..., language: _Optional[str] = ..., features: _Optional[_Iterable[_Union[_common_pb2.Feature, str]]] = ..., require: _Optional[_Iterable[_Union[_common_pb2.Feature, str]]] = ..., language_options: _Optional[_Union[_language_service_pb2.LanguageOptions, _Mapping]] = ..., entity_options: _Optional[_Union[_entity_service_pb2.EntityOptions, _Mapping]] = ..., topic_options: _Optional[_Union[_topic_service_pb2.TopicOptions, _Mapping]] = ...) -> None: ...

class EnrichResponse(_message.Message):
    __slots__ = ("id", "language", "entities", "topics", "failures", "stage_times", "cached")
    ID_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    ENTITIES_FIELD_NUMBER: _ClassVar[int]
    TOPICS_FIELD_NUMBER: _ClassVar[int]
    FAILURES_FIELD_NUMBER: _ClassVar[int]
    STAGE_TIMES_FIELD_NUMBER: _ClassVar[int]
    CACHED_FIELD_NUMBER: _ClassVar[int]
    id: str
    language: _language_service_pb2.LanguageResult
    entities: _entity_service_pb2.EntityResult
    topics: _topic_service_pb2.TopicResult
    failures: _containers.RepeatedCompositeFieldContainer[_common_pb2.Failure]
    stage_times: _containers.RepeatedCompositeFieldContainer[_common_pb2.StageTime]
    cached: bool
    def __init__(self, id: _Optional[str] = ..., language: _Optional[_Union[_language_service_pb2.LanguageResult, _Mapping]] = ..., entities: _Optional[_Union[_entity_service_pb2.EntityResult, _Mapping]] = ..., topics: _Optional[_Union[_topic_service_pb2.TopicResult, _Mapping]] = ..., failures: _Optional[_Iterable[_Union[_common_pb2.Failure, _Mapping]]] = ..., stage_times: _Optional[_Iterable[_Union[_common_pb2.StageTime, _Mapping]]] = ..., cached: bool = ...) -> None: ...

class BatchEnrichRequest(_message.Message):
    __slots__ = ("requests",)
    REQUESTS_FIELD_NUMBER: _ClassVar[int]
    requests: _containers.RepeatedCompositeFieldContainer[EnrichRequest]
    def __init__(self, requests: _Optional[_Iterable[_Union[EnrichRequest, _Mapping]]] = ...) -> None: ...

class BatchEnrichResponse(_message.Message):
    __slots__ = ("results",)
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[EnrichItem]
    def __init__(self, results: _Optional[_Iterable[_Union[EnrichItem, _Mapping]]] = ...) -> None: ...

class EnrichItem(_message.Message):
    __slots__ = ("response", "error")
    RESPONSE_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    response: EnrichResponse
    error: _status_pb2.Status
    def __init__(self, response: _Optional[_Union[EnrichResponse, _Mapping]] = ..., error: _Optional[_Union[_status_pb2.Status, _Mapping]] = ...) -> None: ...

class StreamEnrichRequest(_message.Message):
    __slots__ = ("request",)
    REQUEST_FIELD_NUMBER: _ClassVar[int]
    request: EnrichRequest
    def __init__(self, request: _Optional[_Union[EnrichRequest, _Mapping]] = ...) -> None: ...

class StreamEnrichResponse(_message.Message):
    __slots__ = ("id", "response", "error", "end")
    ID_FIELD_NUMBER: _ClassVar[int]
    RESPONSE_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    END_FIELD_NUMBER: _ClassVar[int]
    id: str
    response: EnrichResponse
    error: _status_pb2.Status
    end: _common_pb2.StreamEnd
    def __init__(self, id: _Optional[str] = ..., response: _Optional[_Union[EnrichResponse, _Mapping]] = ..., error: _Optional[_Union[_status_pb2.Status, _Mapping]] = ..., end: _Optional[_Union[_common_pb2.StreamEnd, _Mapping]] = ...) -> None: ...

class EnrichmentServiceGetInfoRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class EnrichmentServiceGetInfoResponse(_message.Message):
    __slots__ = ("version", "limits", "language", "entities", "topics", "failures")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    LIMITS_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    ENTITIES_FIELD_NUMBER: _ClassVar[int]
    TOPICS_FIELD_NUMBER: _ClassVar[int]
    FAILURES_FIELD_NUMBER: _ClassVar[int]
    version: str
    limits: _common_pb2.Limits
    language: _language_service_pb2.LanguageServiceGetInfoResponse
    entities: _entity_service_pb2.EntityServiceGetInfoResponse
    topics: _topic_service_pb2.TopicServiceGetInfoResponse
    failures: _containers.RepeatedCompositeFieldContainer[_common_pb2.Failure]
    def __init__(self, version: _Optional[str] = ..., limits: _Optional[_Union[_common_pb2.Limits, _Mapping]] = ..., language: _Optional[_Union[_language_service_pb2.LanguageServiceGetInfoResponse, _Mapping]] = ..., entities: _Optional[_Union[_entity_service_pb2.EntityServiceGetInfoResponse, _Mapping]] = ..., topics: _Optional[_Union[_topic_service_pb2.TopicServiceGetInfoResponse, _Mapping]] = ..., failures: _Optional[_Iterable[_Union[_common_pb2.Failure, _Mapping]]] = ...) -> None: ...
