namespace Thaw.Inference.Serving;

internal enum SlotState
{
    Loading = 0,
    Ready = 1,
    Draining = 2,
    Gone = 3,
}
