from enrich.v1 import common_pb2 as _common_pb2
from google.rpc import status_pb2 as _status_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class TopicOptions(_message.Message):
    __slots__ = ("topics", "thresholds", "passages", "evidence_max", "own_topics")
    class ThresholdsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: float
        def __init__(self, key: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...
    TOPICS_FIELD_NUMBER: _ClassVar[int]
    THRESHOLDS_FIELD_NUMBER: _ClassVar[int]
    PASSAGES_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_MAX_FIELD_NUMBER: _ClassVar[int]
    OWN_TOPICS_FIELD_NUMBER: _ClassVar[int]
    topics: _containers.RepeatedScalarFieldContainer[str]
    thresholds: _containers.ScalarMap[str, float]
    passages: bool
    evidence_max: int
    own_topics: _containers.RepeatedCompositeFieldContainer[OwnTopic]
    def __init__(self, topics: _Optional[_Iterable[str]] = ..., thresholds: _Optional[_Mapping[str, float]] = ..., passages: bool = ..., evidence_max: _Optional[int] = ..., own_topics: _Optional[_Iterable[_Union[OwnTopic, _Mapping]]] = ...) -> None: ...

class OwnTopic(_message.Message):
    __slots__ = ("id", "threshold", "terms")
    ID_FIELD_NUMBER: _ClassVar[int]
    THRESHOLD_FIELD_NUMBER: _ClassVar[int]
    TERMS_FIELD_NUMBER: _ClassVar[int]
    id: str
    threshold: float
    terms: _containers.RepeatedCompositeFieldContainer[OwnTopicTerm]
    def __init__(self, id: _Optional[str] = ..., threshold: _Optional[float] = ..., terms: _Optional[_Iterable[_Union[OwnTopicTerm, _Mapping]]] = ...) -> None: ...

class OwnTopicTerm(_message.Message):
    __slots__ = ("text", "language", "weight", "negated")
    TEXT_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    WEIGHT_FIELD_NUMBER: _ClassVar[int]
    NEGATED_FIELD_NUMBER: _ClassVar[int]
    text: str
    language: str
    weight: float
    negated: bool
    def __init__(self, text: _Optional[str] = ..., language: _Optional[str] = ..., weight: _Optional[float] = ..., negated: bool = ...) -> None: ...

class ClassifyTopicsRequest(_message.Message):
    __slots__ = ("id", "text", "offset_unit", "private", "language", "options")
    ID_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    OFFSET_UNIT_FIELD_NUMBER: _ClassVar[int]
    PRIVATE_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    OPTIONS_FIELD_NUMBER: _ClassVar[int]
    id: str
    text: str
    offset_unit: _common_pb2.OffsetUnit
    private: bool
    language: str
    options: TopicOptions
    def __init__(self, id: _Optional[str] = ..., text: _Optional[str] = ..., offset_unit: _Optional[_Union[_common_pb2.OffsetUnit, str]] = ..., private: bool = ..., language: _Optional[str] = ..., options: _Optional[_Union[TopicOptions, _Mapping]] = ...) -> None: ...

class ClassifyTopicsResponse(_message.Message):
    __slots__ = ("id", "topics", "stage_times")
    ID_FIELD_NUMBER: _ClassVar[int]
    TOPICS_FIELD_NUMBER: _ClassVar[int]
    STAGE_TIMES_FIELD_NUMBER: _ClassVar[int]
    id: str
    topics: TopicResult
    stage_times: _containers.RepeatedCompositeFieldContainer[_common_pb2.StageTime]
    def __init__(self, id: _Optional[str] = ..., topics: _Optional[_Union[TopicResult, _Mapping]] = ..., stage_times: _Optional[_Iterable[_Union[_common_pb2.StageTime, _Mapping]]] = ...) -> None: ...

class TopicResult(_message.Message):
    __slots__ = ("topics", "passages")
    TOPICS_FIELD_NUMBER: _ClassVar[int]
    PASSAGES_FIELD_NUMBER: _ClassVar[int]
    topics: _containers.RepeatedCompositeFieldContainer[Topic]
    passages: _containers.RepeatedCompositeFieldContainer[Passage]
    def __init__(self, topics: _Optional[_Iterable[_Union[Topic, _Mapping]]] = ..., passages: _Optional[_Iterable[_Union[Passage, _Mapping]]] = ...) -> None: ...

class Topic(_message.Message):
    __slots__ = ("id", "score", "threshold", "present", "evidence")
    ID_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    THRESHOLD_FIELD_NUMBER: _ClassVar[int]
    PRESENT_FIELD_NUMBER: _ClassVar[int]
    EVIDENCE_FIELD_NUMBER: _ClassVar[int]
    id: str
    score: float
    threshold: float
    present: bool
    evidence: _containers.RepeatedCompositeFieldContainer[Evidence]
    def __init__(self, id: _Optional[str] = ..., score: _Optional[float] = ..., threshold: _Optional[float] = ..., present: bool = ..., evidence: _Optional[_Iterable[_Union[Evidence, _Mapping]]] = ...) -> None: ...

class Evidence(_message.Message):
    __slots__ = ("span", "surface", "weight")
    SPAN_FIELD_NUMBER: _ClassVar[int]
    SURFACE_FIELD_NUMBER: _ClassVar[int]
    WEIGHT_FIELD_NUMBER: _ClassVar[int]
    span: _common_pb2.Span
    surface: str
    weight: float
    def __init__(self, span: _Optional[_Union[_common_pb2.Span, _Mapping]] = ..., surface: _Optional[str] = ..., weight: _Optional[float] = ...) -> None: ...

class Passage(_message.Message):
    __slots__ = ("span", "topics")
    SPAN_FIELD_NUMBER: _ClassVar[int]
    TOPICS_FIELD_NUMBER: _ClassVar[int]
    span: _common_pb2.Span
    topics: _containers.RepeatedCompositeFieldContainer[Topic]
    def __init__(self, span: _Optional[_Union[_common_pb2.Span, _Mapping]] = ..., topics: _Optional[_Iterable[_Union[Topic, _Mapping]]] = ...) -> None: ...

class BatchClassifyTopicsRequest(_message.Message):
    __slots__ = ("requests",)
    REQUESTS_FIELD_NUMBER: _ClassVar[int]
    requests: _containers.RepeatedCompositeFieldContainer[ClassifyTopicsRequest]
    def __init__(self, requests: _Optional[_Iterable[_Union[ClassifyTopicsRequest, _Mapping]]] = ...) -> None: ...

class BatchClassifyTopicsResponse(_message.Message):
    __slots__ = ("results",)
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[ClassifyTopicsItem]
    def __init__(self, results: _Optional[_Iterable[_Union[ClassifyTopicsItem, _Mapping]]] = ...) -> None: ...

class ClassifyTopicsItem(_message.Message):
    __slots__ = ("response", "error")
    RESPONSE_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    response: ClassifyTopicsResponse
    error: _status_pb2.Status
    def __init__(self, response: _Optional[_Union[ClassifyTopicsResponse, _Mapping]] = ..., error: _Optional[_Union[_status_pb2.Status, _Mapping]] = ...) -> None: ...

class StreamClassifyTopicsRequest(_message.Message):
    __slots__ = ("request",)
    REQUEST_FIELD_NUMBER: _ClassVar[int]
    request: ClassifyTopicsRequest
    def __init__(self, request: _Optional[_Union[ClassifyTopicsRequest, _Mapping]] = ...) -> None: ...

class StreamClassifyTopicsResponse(_message.Message):
    __slots__ = ("id", "response", "error", "end")
    ID_FIELD_NUMBER: _ClassVar[int]
    RESPONSE_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    END_FIELD_NUMBER: _ClassVar[int]
    id: str
    response: ClassifyTopicsResponse
    error: _status_pb2.Status
    end: _common_pb2.StreamEnd
    def __init__(self, id: _Optional[str] = ..., response: _Optional[_Union[ClassifyTopicsResponse, _Mapping]] = ..., error: _Optional[_Union[_status_pb2.Status, _Mapping]] = ..., end: _Optional[_Union[_common_pb2.StreamEnd, _Mapping]] = ...) -> None: ...

class TopicServiceGetInfoRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class TopicServiceGetInfoResponse(_message.Message):
    __slots__ = ("version", "models", "limits", "topics")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    MODELS_FIELD_NUMBER: _ClassVar[int]
    LIMITS_FIELD_NUMBER: _ClassVar[int]
    TOPICS_FIELD_NUMBER: _ClassVar[int]
    version: str
    models: _containers.RepeatedCompositeFieldContainer[_common_pb2.Model]
    limits: _common_pb2.Limits
    topics: _containers.RepeatedCompositeFieldContainer[TopicInfo]
    def __init__(self, version: _Optional[str] = ..., models: _Optional[_Iterable[_Union[_common_pb2.Model, _Mapping]]] = ..., limits: _Optional[_Union[_common_pb2.Limits, _Mapping]] = ..., topics: _Optional[_Iterable[_Union[TopicInfo, _Mapping]]] = ...) -> None: ...

class TopicInfo(_message.Message):
    __slots__ = ("id", "threshold", "source")
    ID_FIELD_NUMBER: _ClassVar[int]
    THRESHOLD_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    id: str
    threshold: float
    source: str
    def __init__(self, id: _Optional[str] = ..., threshold: _Optional[float] = ..., source: _Optional[str] = ...) -> None: ...
