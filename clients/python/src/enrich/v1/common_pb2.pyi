from google.protobuf import duration_pb2 as _duration_pb2
from google.rpc import status_pb2 as _status_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class OffsetUnit(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    OFFSET_UNIT_UNSPECIFIED: _ClassVar[OffsetUnit]
    OFFSET_UNIT_CODE_POINT: _ClassVar[OffsetUnit]
    OFFSET_UNIT_UTF8_BYTE: _ClassVar[OffsetUnit]
    OFFSET_UNIT_UTF16_UNIT: _ClassVar[OffsetUnit]

class Feature(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FEATURE_UNSPECIFIED: _ClassVar[Feature]
    FEATURE_LANGUAGE: _ClassVar[Feature]
    FEATURE_ENTITIES: _ClassVar[Feature]
    FEATURE_TOPICS: _ClassVar[Feature]
OFFSET_UNIT_UNSPECIFIED: OffsetUnit
OFFSET_UNIT_CODE_POINT: OffsetUnit
OFFSET_UNIT_UTF8_BYTE: OffsetUnit
OFFSET_UNIT_UTF16_UNIT: OffsetUnit
FEATURE_UNSPECIFIED: Feature
FEATURE_LANGUAGE: Feature
FEATURE_ENTITIES: Feature
FEATURE_TOPICS: Feature

class Span(_message.Message):
    __slots__ = ("begin", "end")
    BEGIN_FIELD_NUMBER: _ClassVar[int]
    END_FIELD_NUMBER: _ClassVar[int]
    begin: int
    end: int
    def __init__(self, begin: _Optional[int] = ..., end: _Optional[int] = ...) -> None: ...

class StageTime(_message.Message):
    __slots__ = ("stage", "duration")
    STAGE_FIELD_NUMBER: _ClassVar[int]
    DURATION_FIELD_NUMBER: _ClassVar[int]
    stage: str
    duration: _duration_pb2.Duration
    def __init__(self, stage: _Optional[str] = ..., duration: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class StreamEnd(_message.Message):
    __slots__ = ("received", "answered")
    RECEIVED_FIELD_NUMBER: _ClassVar[int]
    ANSWERED_FIELD_NUMBER: _ClassVar[int]
    received: int
    answered: int
    def __init__(self, received: _Optional[int] = ..., answered: _Optional[int] = ...) -> None: ...

class Model(_message.Message):
    __slots__ = ("name", "version", "architecture", "sha256", "licence", "parameters", "precision", "device", "scores", "engine")
    NAME_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    ARCHITECTURE_FIELD_NUMBER: _ClassVar[int]
    SHA256_FIELD_NUMBER: _ClassVar[int]
    LICENCE_FIELD_NUMBER: _ClassVar[int]
    PARAMETERS_FIELD_NUMBER: _ClassVar[int]
    PRECISION_FIELD_NUMBER: _ClassVar[int]
    DEVICE_FIELD_NUMBER: _ClassVar[int]
    SCORES_FIELD_NUMBER: _ClassVar[int]
    ENGINE_FIELD_NUMBER: _ClassVar[int]
    name: str
    version: str
    architecture: str
    sha256: str
    licence: str
    parameters: int
    precision: str
    device: str
    scores: _containers.RepeatedCompositeFieldContainer[MeasuredScore]
    engine: str
    def __init__(self, name: _Optional[str] = ..., version: _Optional[str] = ..., architecture: _Optional[str] = ..., sha256: _Optional[str] = ..., licence: _Optional[str] = ..., parameters: _Optional[int] = ..., precision: _Optional[str] = ..., device: _Optional[str] = ..., scores: _Optional[_Iterable[_Union[MeasuredScore, _Mapping]]] = ..., engine: _Optional[str] = ...) -> None: ...

class MeasuredScore(_message.Message):
    __slots__ = ("language", "dataset", "metric", "value")
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    DATASET_FIELD_NUMBER: _ClassVar[int]
    METRIC_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    language: str
    dataset: str
    metric: str
    value: float
    def __init__(self, language: _Optional[str] = ..., dataset: _Optional[str] = ..., metric: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...

class Limits(_message.Message):
    __slots__ = ("text_bytes_max", "batch_items_max", "message_bytes_max", "in_flight_max", "stream_items_in_flight_max", "deadline_default", "deadline_max", "id_bytes_max", "tenant", "cache_bytes_max", "cache_age_max", "work_tokens_max", "queue_time_max")
    TEXT_BYTES_MAX_FIELD_NUMBER: _ClassVar[int]
    BATCH_ITEMS_MAX_FIELD_NUMBER: _ClassVar[int]
    MESSAGE_BYTES_MAX_FIELD_NUMBER: _ClassVar[int]
    IN_FLIGHT_MAX_FIELD_NUMBER: _ClassVar[int]
    STREAM_ITEMS_IN_FLIGHT_MAX_FIELD_NUMBER: _ClassVar[int]
    DEADLINE_DEFAULT_FIELD_NUMBER: _ClassVar[int]
    DEADLINE_MAX_FIELD_NUMBER: _ClassVar[int]
    ID_BYTES_MAX_FIELD_NUMBER: _ClassVar[int]
    TENANT_FIELD_NUMBER: _ClassVar[int]
    CACHE_BYTES_MAX_FIELD_NUMBER: _ClassVar[int]
    CACHE_AGE_MAX_FIELD_NUMBER: _ClassVar[int]
    WORK_TOKENS_MAX_FIELD_NUMBER: _ClassVar[int]
    QUEUE_TIME_MAX_FIELD_NUMBER: _ClassVar[int]
    text_bytes_max: int
    batch_items_max: int
    message_bytes_max: int
    in_flight_max: int
    stream_items_in_flight_max: int
    deadline_default: _duration_pb2.Duration
    deadline_max: _duration_pb2.Duration
    id_bytes_max: int
    tenant: TenantLimits
    cache_bytes_max: int
    cache_age_max: _duration_pb2.Duration
    work_tokens_max: int
    queue_time_max: _duration_pb2.Duration
    def __init__(self, text_bytes_max: _Optional[int] = ..., batch_items_max: _Optional[int] = ..., message_bytes_max: _Optional[int] = ..., in_flight_max: _Optional[int] = ..., stream_items_in_flight_max: _Optional[int] = ..., deadline_default: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., deadline_max: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., id_bytes_max: _Optional[int] = ..., tenant: _Optional[_Union[TenantLimits, _Mapping]] = ..., cache_bytes_max: _Optional[int] = ..., cache_age_max: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ..., work_tokens_max: _Optional[int] = ..., queue_time_max: _Optional[_Union[_duration_pb2.Duration, _Mapping]] = ...) -> None: ...

class TenantLimits(_message.Message):
    __slots__ = ("tenant", "tokens_per_second", "burst_tokens", "methods")
    TENANT_FIELD_NUMBER: _ClassVar[int]
    TOKENS_PER_SECOND_FIELD_NUMBER: _ClassVar[int]
    BURST_TOKENS_FIELD_NUMBER: _ClassVar[int]
    METHODS_FIELD_NUMBER: _ClassVar[int]
    tenant: str
    tokens_per_second: int
    burst_tokens: int
    methods: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, tenant: _Optional[str] = ..., tokens_per_second: _Optional[int] = ..., burst_tokens: _Optional[int] = ..., methods: _Optional[_Iterable[str]] = ...) -> None: ...

class Failure(_message.Message):
    __slots__ = ("feature", "status")
    FEATURE_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    feature: Feature
    status: _status_pb2.Status
    def __init__(self, feature: _Optional[_Union[Feature, str]] = ..., status: _Optional[_Union[_status_pb2.Status, _Mapping]] = ...) -> None: ...
