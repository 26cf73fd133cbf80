namespace Thaw.ColdLoad.Plain;

/// <summary>Runs a loaded model once on texts of the same length, given as token ids, and returns their logits.</summary>
internal delegate float[] PlainModel(long[] ids, int texts, int labels);
