from enrich.v1 import common_pb2 as _common_pb2
from google.rpc import status_pb2 as _status_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class EntityType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ENTITY_TYPE_UNSPECIFIED: _ClassVar[EntityType]
    ENTITY_TYPE_PERSON: _ClassVar[EntityType]
    ENTITY_TYPE_ORGANIZATION: _ClassVar[EntityType]
    ENTITY_TYPE_LOCATION: _ClassVar[EntityType]
ENTITY_TYPE_UNSPECIFIED: EntityType
ENTITY_TYPE_PERSON: EntityType
ENTITY_TYPE_ORGANIZATION: EntityType
ENTITY_TYPE_LOCATION: EntityType

class EntityOptions(_message.Message):
    __slots__ = ("types", "score_min", "sentences")
    TYPES_FIELD_NUMBER: _ClassVar[int]
    SCORE_MIN_FIELD_NUMBER: _ClassVar[int]
    SENTENCES_FIELD_NUMBER: _ClassVar[int]
    types: _containers.RepeatedScalarFieldContainer[EntityType]
    score_min: float
    sentences: bool
    def __init__(self, types: _Optional[_Iterable[_Union[EntityType, str]]] = ..., score_min: _Optional[float] = ..., sentences: bool = ...) -> None: ...

class RecognizeEntitiesRequest(_message.Message):
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
    options: EntityOptions
    def __init__(self, id: _Optional[str] = ..., text: _Optional[str] = ..., offset_unit: _Optional[_Union[_common_pb2.OffsetUnit, str]] = ..., private: bool = ..., language: _Optional[str] = ..., options: _Optional[_Union[EntityOptions, _Mapping]] = ...) -> None: ...

class RecognizeEntitiesResponse(_message.Message):
    __slots__ = ("id", "entities", "stage_times")
    ID_FIELD_NUMBER: _ClassVar[int]
    ENTITIES_FIELD_NUMBER: _ClassVar[int]
    STAGE_TIMES_FIELD_NUMBER: _ClassVar[int]
    id: str
    entities: EntityResult
    stage_times: _containers.RepeatedCompositeFieldContainer[_common_pb2.StageTime]
    def __init__(self, id: _Optional[str] = ..., entities: _Optional[_Union[EntityResult, _Mapping]] = ..., stage_times: _Optional[_Iterable[_Union[_common_pb2.StageTime, _Mapping]]] = ...) -> None: ...

class EntityResult(_message.Message):
    __slots__ = ("mentions", "sentences")
    MENTIONS_FIELD_NUMBER: _ClassVar[int]
    SENTENCES_FIELD_NUMBER: _ClassVar[int]
    mentions: _containers.RepeatedCompositeFieldContainer[Mention]
    sentences: _containers.RepeatedCompositeFieldContainer[_common_pb2.Span]
    def __init__(self, mentions: _Optional[_Iterable[_Union[Mention, _Mapping]]] = ..., sentences: _Optional[_Iterable[_Union[_common_pb2.Span, _Mapping]]] = ...) -> None: ...

class Mention(_message.Message):
    __slots__ = ("span", "type", "surface", "normalized", "score")
    SPAN_FIELD_NUMBER: _ClassVar[int]
    TYPE_FIELD_NUMBER: _ClassVar[int]
    SURFACE_FIELD_NUMBER: _ClassVar[int]
    NORMALIZED_FIELD_NUMBER: _ClassVar[int]
    SCORE_FIELD_NUMBER: _ClassVar[int]
    span: _common_pb2.Span
    type: EntityType
    surface: str
    normalized: str
    score: float
    def __init__(self, span: _Optional[_Union[_common_pb2.Span, _Mapping]] = ..., type: _Optional[_Union[EntityType, str]] = ..., surface: _Optional[str] = ..., normalized: _Optional[str] = ..., score: _Optional[float] = ...) -> None: ...

class BatchRecognizeEntitiesRequest(_message.Message):
    __slots__ = ("requests",)
    REQUESTS_FIELD_NUMBER: _ClassVar[int]
    requests: _containers.RepeatedCompositeFieldContainer[RecognizeEntitiesRequest]
    def __init__(self, requests: _Optional[_Iterable[_Union[RecognizeEntitiesRequest, _Mapping]]] = ...) -> None: ...

class BatchRecognizeEntitiesResponse(_message.Message):
    __slots__ = ("results",)
    RESULTS_FIELD_NUMBER: _ClassVar[int]
    results: _containers.RepeatedCompositeFieldContainer[RecognizeEntitiesItem]
    def __init__(self, results: _Optional[_Iterable[_Union[RecognizeEntitiesItem, _Mapping]]] = ...) -> None: ...

class RecognizeEntitiesItem(_message.Message):
    __slots__ = ("response", "error")
    RESPONSE_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    response: RecognizeEntitiesResponse
    error: _status_pb2.Status
    def __init__(self, response: _Optional[_Union[RecognizeEntitiesResponse, _Mapping]] = ..., error: _Optional[_Union[_status_pb2.Status, _Mapping]] = ...) -> None: ...

class StreamRecognizeEntitiesRequest(_message.Message):
    __slots__ = ("request",)
    REQUEST_FIELD_NUMBER: _ClassVar[int]
    request: RecognizeEntitiesRequest
    def __init__(self, request: _Optional[_Union[RecognizeEntitiesRequest, _Mapping]] = ...) -> None: ...

class StreamRecognizeEntitiesResponse(_message.Message):
    __slots__ = ("id", "response", "error", "end")
    ID_FIELD_NUMBER: _ClassVar[int]
    RESPONSE_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    END_FIELD_NUMBER: _ClassVar[int]
    id: str
    response: RecognizeEntitiesResponse
    error: _status_pb2.Status
    end: _common_pb2.StreamEnd
    def __init__(self, id: _Optional[str] = ..., response: _Optional[_Union[RecognizeEntitiesResponse, _Mapping]] = ..., error: _Optional[_Union[_status_pb2.Status, _Mapping]] = ..., end: _Optional[_Union[_common_pb2.StreamEnd, _Mapping]] = ...) -> None: ...

class EntityServiceGetInfoRequest(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class EntityServiceGetInfoResponse(_message.Message):
    __slots__ = ("version", "models", "limits", "types", "window_tokens_max")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    MODELS_FIELD_NUMBER: _ClassVar[int]
    LIMITS_FIELD_NUMBER: _ClassVar[int]
    TYPES_FIELD_NUMBER: _ClassVar[int]
    WINDOW_TOKENS_MAX_FIELD_NUMBER: _ClassVar[int]
    version: str
    models: _containers.RepeatedCompositeFieldContainer[_common_pb2.Model]
    limits: _common_pb2.Limits
    types: _containers.RepeatedScalarFieldContainer[EntityType]
    window_tokens_max: int
    def __init__(self, version: _Optional[str] = ..., models: _Optional[_Iterable[_Union[_common_pb2.Model, _Mapping]]] = ..., limits: _Optional[_Union[_common_pb2.Limits, _Mapping]] = ..., types: _Optional[_Iterable[_Union[EntityType, str]]] = ..., window_tokens_max: _Optional[int] = ...) -> None: ...
